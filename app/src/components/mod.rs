//! Components that pages share.

mod async_page;
mod error_page;
mod fields;
mod form;
mod header;
mod listing_form;
mod offer;
mod page_data;
mod request_id;
mod session;
mod ticket_card;
mod time;
mod time_zone_field;
mod timeline;

pub(crate) use self::{
    async_page::async_page,
    error_page::error_page,
    fields::{EmailField, NewPasswordField, TextField},
    form::{Failure, FormAction, FormError, ServerForm, SubmitButton, focus_invalid_field},
    header::Header,
    listing_form::ListingFields,
    offer::OfferNotice,
    page_data::PageData,
    request_id::provide_request_id,
    session::{Session, provide_session},
    ticket_card::{MoreLink, TicketCardView},
    time::{AvailabilityNote, EventTimeView, TimestampView},
    time_zone_field::TimeZoneField,
    timeline::Timeline,
};
