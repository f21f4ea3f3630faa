//! The fields of forms.

use serde::{Deserialize, Serialize};

/// The form field that an error belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the fields")]
pub enum Field {
    Email,
    Password,
    Code,
    CurrentPassword,
    NewPassword,
    Title,
    Category,
    Venue,
    City,
    StartsAt,
    TimeZone,
    Section,
    Row,
    Seat,
    Quantity,
    Split,
    Price,
    FaceValue,
    Under,
    FallEvery,
    FallBy,
    FallTo,
    PriceChange,
    Amount,
}

impl Field {
    /// The name of its control in the form, which is also the control's id.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name_and_label().0
    }

    /// The label of its control.
    #[must_use]
    pub fn label(self) -> &'static str {
        self.name_and_label().1
    }

    fn name_and_label(self) -> (&'static str, &'static str) {
        match self {
            Self::Email => ("email", "Email"),
            Self::Password => ("password", "Password"),
            Self::Code => ("code", "Code"),
            Self::CurrentPassword => ("current_password", "Current password"),
            Self::NewPassword => ("new_password", "New password"),
            Self::Title => ("title", "Event"),
            Self::Category => ("category", "Category"),
            Self::Venue => ("venue", "Venue"),
            Self::City => ("city", "City"),
            Self::StartsAt => ("starts_at", "Date and time"),
            Self::TimeZone => ("time_zone", "Time zone"),
            Self::Section => ("section", "Section"),
            Self::Row => ("row", "Row"),
            Self::Seat => ("seat", "Seat"),
            Self::Quantity => ("quantity", "Number of tickets"),
            Self::Split => ("split", "Sell them"),
            Self::Price => ("price", "Price"),
            Self::FaceValue => ("face_value", "Face value"),
            Self::Under => ("under", "Highest price"),
            Self::FallEvery => ("fall_every", "Lower the price"),
            Self::FallBy => ("fall_by", "By how much"),
            Self::FallTo => ("fall_to", "Not below"),
            Self::PriceChange => ("price_change", "Change"),
            Self::Amount => ("amount", "Amount"),
        }
    }
}
