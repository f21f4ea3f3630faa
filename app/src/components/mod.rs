//! Components that pages share.

mod async_page;
mod count;
mod dynamic;
mod error_page;
mod fields;
mod form;
mod header;
mod listing_card;
mod listing_form;
mod offer;
mod page_data;
mod request_id;
mod session;
mod time;
mod time_zone_field;
mod timeline;

pub(crate) use self::{
    async_page::{async_page, transition},
    count::tickets,
    dynamic::dynamic,
    error_page::error_page,
    fields::{EmailField, NewPasswordField, TextField},
    form::{Failure, FormAction, FormError, ServerForm, SubmitButton, focus_invalid_field, hidden, submit_button},
    header::Header,
    listing_card::{ListingCardView, LiveCard, MoreLink, on_sale},
    listing_form::ListingFields,
    offer::OfferNotice,
    page_data::PageData,
    request_id::provide_request_id,
    session::{Session, provide_session},
    time::{AvailabilityNote, EventTimeView, TimestampView},
    time_zone_field::TimeZoneField,
    timeline::Timeline,
};
