//! What mailed codes are for.

use model::UserId;

/// What a mailed code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// An account that is to be made.
    SignUp,
    /// Another address of this user's account.
    ChangeOfAddress(UserId),
    /// Signing in.
    SignIn,
}

impl Purpose {
    /// The account whose address changes.
    pub(super) fn user(self) -> Option<UserId> {
        if let Self::ChangeOfAddress(user) = self { Some(user) } else { None }
    }

    pub(super) fn is_sign_in(self) -> bool {
        self == Self::SignIn
    }
}
