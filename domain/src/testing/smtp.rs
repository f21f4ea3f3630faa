//! A mail server that stores the mails it receives.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use platform::mail::{MailSettings, Mailer};

use crate::Backend;

/// A mail server for one test, on a port of its own.
#[derive(Debug)]
pub struct Smtp {
    mails: Arc<Mutex<Vec<String>>>,
    lines: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<String>>,
}

impl Smtp {
    /// Starts the server, and makes the backend send its mails to it.
    ///
    /// # Panics
    ///
    /// When no port is free.
    #[must_use]
    pub fn listen(backend: &mut Backend) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let settings = MailSettings {
            smtp_url: Some(format!("smtp://127.0.0.1:{port}").into()),
            from: "GitTix <tickets@gittix.example>".into(),
            catcher_url: None,
        };
        backend.mail = Mailer::new(&settings, "https://gittix.example").expect("the settings are valid");
        let smtp = Self { mails: Arc::default(), lines: Arc::default(), answer: Arc::new(Mutex::new("250 ok".into())) };
        let (mails, lines) = (Arc::clone(&smtp.mails), Arc::clone(&smtp.lines));
        let answer = Arc::clone(&smtp.answer);
        // The thread ends with the test's process; nothing waits for it.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that disconnects in the middle of a mail has not sent it.
                let _ = converse(&stream, &mails, &lines, &answer);
            }
        });
        smtp
    }

    /// Sets the server's answer to a mail that it has read.
    ///
    /// # Panics
    ///
    /// When the server's thread has panicked.
    pub fn answer(&self, line: &str) {
        line.clone_into(&mut self.answer.lock().expect("not poisoned"));
    }

    /// The mails that the server has read, with their headers, as they were sent, oldest first.
    ///
    /// # Panics
    ///
    /// When the server's thread has panicked.
    #[must_use]
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("not poisoned").clone()
    }

    /// Every line that clients have sent: commands and mails.
    ///
    /// # Panics
    ///
    /// When the server's thread has panicked.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("not poisoned").clone()
    }
}

fn converse(
    stream: &TcpStream,
    mails: &Mutex<Vec<String>>,
    lines: &Mutex<Vec<String>>,
    answer: &Mutex<String>,
) -> std::io::Result<()> {
    let mut writer = stream;
    writer.write_all(b"220 ready\r\n")?;
    let mut mail: Option<String> = None;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        lines.lock().expect("not poisoned").push(line.clone());
        let reply = match (&mut mail, line.as_str()) {
            (Some(body), ".") => {
                mails.lock().expect("not poisoned").push(std::mem::take(body));
                mail = None;
                answer.lock().expect("not poisoned").clone()
            }
            (Some(body), line) => {
                body.push_str(line);
                body.push('\n');
                continue;
            }
            (None, "DATA") => {
                mail = Some(String::new());
                "354 go on".into()
            }
            (None, "QUIT") => "221 bye".into(),
            (None, _) => "250 ok".into(),
        };
        writer.write_all(format!("{reply}\r\n").as_bytes())?;
    }
    Ok(())
}
