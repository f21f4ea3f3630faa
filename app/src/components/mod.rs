//! What pages share.

mod fields;
mod form;
mod header;
mod listing_form;
mod load;
mod request;
mod session;
mod ticket_card;
mod time;
mod time_zone_field;
mod timeline;
mod trouble;
mod turn;

pub(crate) use self::{
    fields::{EmailField, NewPasswordField, TextField},
    form::{Call, CallForm, Failure, FormProblem, Submit, focus_first_problem},
    header::Header,
    listing_form::ListingFields,
    load::loaded,
    request::provide_request,
    session::{Session, provide_session},
    ticket_card::{MoreLink, TicketCardView},
    time::{AvailabilityNote, EventTimeView, MomentView},
    time_zone_field::TimeZoneField,
    timeline::Timeline,
    trouble::trouble,
    turn::TurnNotice,
};
