//! The words of each mail: plain text.

use platform::mail::Message;

/// The link that sets a password.
pub(crate) fn password_reset(link: &str, minutes: i32) -> Message {
    Message {
        subject: "A new password for GitTix",
        body: format!(
            "Hello,\n\n\
             somebody asked for a new password for your GitTix account. Was it you? Then choose one here:\n\n\
             {link}\n\n\
             The link works once, for {minutes} minutes. A later one takes its place.\n\n\
             Was it not you? Then there is nothing to do: your password stays as it is.\n"
        ),
    }
}
