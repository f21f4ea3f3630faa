//! The texts of the mails, in plain text.

use platform::mail::Message;

use crate::ids::fresh;

/// The mail with the link that sets a password.
pub(crate) fn password_reset(link: &str, minutes: i32) -> Message {
    Message {
        id: fresh(),
        subject: "Set a new password for GitTix",
        body: format!(
            "Hello,\n\n\
             someone asked to set a new password for your GitTix account. If it was you, set it here:\n\n\
             {link}\n\n\
             The link works once, for {minutes} minutes. A newer link replaces it.\n\n\
             If it was not you, ignore this email. Your password stays as it is.\n"
        ),
    }
}
