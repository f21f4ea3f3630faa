//! `GET /listings/sales`: the signed-in user's sales as a table.
//!
//! A plain address and not a server function: a browser saves the target of a link, with JavaScript and without. It is
//! sent while it is read, some hundred sales at a time.

use app::server::RequestIdentity;
use axum::{
    Extension,
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use domain::orders::sales::{Batch, SaleRefund, SalesError, Sold, sales};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use model::{AppError, Code, error::causes};

use crate::{errors::ErrorResponse, state::SharedState};

const COLUMNS: [&str; 12] = [
    "Sold at (UTC)",
    "Order",
    "Event",
    "Date and time at the venue",
    "Venue",
    "City",
    "Place",
    "Tickets",
    "Buyer paid (USD)",
    "Fee (USD)",
    "You get (USD)",
    "Status",
];

/// Sends the file. The request has no user id, so a user can ask only for their own sales.
pub(crate) async fn download(
    State(state): State<SharedState>,
    Extension(identity): Extension<RequestIdentity>,
) -> Result<Response, ErrorResponse> {
    let seller = identity.user.ok_or(Code::NotSignedIn)?.id;
    // The first batch tells whether the database answers, before the status is sent.
    let first = sales(&state.backend, seller, None).await.map_err(|error| {
        tracing::error!(error.causes = causes(&error), "sales were not read");
        ErrorResponse(AppError::from(error))
    })?;
    let rows = stream::try_unfold(Some(Next::Read(first)), move |next: Option<Next>| {
        let backend = state.backend.clone();
        async move {
            let batch = match next {
                None => return Ok::<_, SalesError>(None),
                Some(Next::Read(batch)) => batch,
                Some(Next::From(entry)) => sales(&backend, seller, Some(entry)).await?,
            };
            let rows: Vec<_> = batch.sales.iter().map(cells).collect();
            Ok(Some((table(&rows), batch.next.map(Next::From))))
        }
    });
    let rows = rows.inspect_err(|error| tracing::error!(error.causes = causes(error), "a table of sales was cut off"));
    let head = table(&[COLUMNS.map(str::to_owned)]);
    // The mark tells spreadsheets that the text is UTF-8.
    let file = stream::iter([Ok("\u{feff}".to_owned()), Ok(head)]).chain(rows);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, r#"attachment; filename="gittix-sales.csv""#),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, Body::from_stream(file)).into_response())
}

/// What comes next of the file.
enum Next {
    /// A batch that is read.
    Read(Batch),
    /// The batch that begins there.
    From(i64),
}

fn cells(sold: &Sold) -> [String; COLUMNS.len()] {
    let Sold { order, at, title, venue, city, starts, place, tickets, price, fee, seller_gets, refund } = sold;
    [
        domain::timestamp::date_and_time_to_the_second(*at).iso,
        order.to_string(),
        safe(title),
        starts.local.replace('T', " "),
        safe(venue),
        safe(city),
        safe(place),
        tickets.to_string(),
        price.to_input(),
        fee.to_input(),
        seller_gets.to_input(),
        match refund {
            SaleRefund::Nothing => "Sold",
            SaleRefund::Part => "Partly refunded",
            SaleRefund::Whole => "Refunded",
        }
        .to_owned(),
    ]
}

/// A text that users have typed, for a cell. A spreadsheet would calculate what begins with one of these signs, and could
/// send what it has calculated elsewhere: an apostrophe makes it a text.
fn safe(text: &str) -> String {
    let is_formula =
        text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) || text.starts_with(['\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// Rows by RFC 4180.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        // Nothing fails where all rows are as long and the target is memory.
        if let Err(error) = writer.write_record(row) {
            tracing::error!(%error, "a row of sales was not written");
        }
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_a_spreadsheet_would_calculate_is_marked() {
        for (text, cell) in [
            ("Sigur Rós", "Sigur Rós"),
            ("=HYPERLINK(\"http://evil.example\")", "'=HYPERLINK(\"http://evil.example\")"),
            ("+1", "'+1"),
            ("-M-", "'-M-"),
            ("@SUM(1)", "'@SUM(1)"),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("\t=1", "'\t=1"),
            ("a=1", "a=1"),
        ] {
            assert_eq!(safe(text), cell);
        }
    }

    #[test]
    fn cells_are_quoted_where_they_have_to_be() {
        let row = ["plain", "a, b", "say \"hi\"", "two\nlines"].map(str::to_owned);
        assert_eq!(table(&[row]), "plain,\"a, b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
    }
}
