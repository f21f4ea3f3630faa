//! What is left of the bounds on a file: time, codes, and text.

use std::time::{Duration, Instant};

use model::inspection::{Code, FILE_CODES, FILE_TEXT_BYTES};

/// What is left while a file is looked at.
pub(crate) struct Budget {
    end: Instant,
    codes: usize,
    text_bytes: usize,
    is_whole: bool,
}

impl Budget {
    pub(crate) fn new(time: Duration) -> Self {
        Self { end: Instant::now() + time, codes: FILE_CODES, text_bytes: FILE_TEXT_BYTES, is_whole: true }
    }

    /// Whether one more look may begin. After the first refusal, what was found is not the whole.
    pub(crate) fn has_time(&mut self) -> bool {
        let has_time = Instant::now() < self.end;
        self.is_whole &= has_time;
        has_time
    }

    /// Takes as many of these codes as may still be told.
    pub(crate) fn take_codes(&mut self, codes: &mut Vec<Code>) {
        self.is_whole &= codes.len() <= self.codes;
        codes.truncate(self.codes);
        self.codes -= codes.len();
    }

    /// How many bytes of text may still be told.
    pub(crate) fn text_bytes(&self) -> usize {
        self.text_bytes
    }

    /// Takes as much of this text as may still be told, up to a whole character.
    pub(crate) fn take_text(&mut self, text: &mut String) {
        self.is_whole &= text.len() <= self.text_bytes;
        text.truncate(text.floor_char_boundary(self.text_bytes));
        self.text_bytes -= text.len();
    }

    /// Whether nothing was left out.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }
}
