//! Components that pages share.

mod async_page;
mod bar_chart;
mod count;
mod dynamic;
mod error_page;
mod event_row;
mod fields;
mod form;
mod header;
mod listing_card;
mod listing_form;
mod lock_notice;
mod mail_catcher;
mod page_data;
mod price_lines;
mod request_id;
mod said;
mod search_form;
mod session;
mod time;
mod time_zone_field;
mod timeline;
mod watch;

pub(crate) use self::{
    async_page::{async_page, transition},
    bar_chart::{Bar, bar_chart},
    count::tickets,
    dynamic::{dynamic, words},
    error_page::error_page,
    event_row::event_rows,
    fields::{EmailField, NewPasswordField, SelectField, TextField, account_name, show_password},
    form::{
        Failure, FormAction, FormError, ServerForm, SubmitButton, focus_invalid_field, hidden, shown_to, submit_button,
    },
    header::Header,
    listing_card::{ListingCardView, LiveCard, MoreLink, on_sale},
    listing_form::ListingFields,
    lock_notice::LockNotice,
    mail_catcher::mail_catcher,
    page_data::PageData,
    price_lines::{BUYER, PAID, SELLER, price_lines},
    request_id::provide_request_id,
    said::said,
    search_form::search_form,
    session::{Session, provide_session},
    time::{AvailabilityNote, EventTimeView, TimestampView, event_news, own_time},
    time_zone_field::TimeZoneField,
    timeline::Timeline,
    watch::EventWatching,
};
