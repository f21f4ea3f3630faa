//! The time zones that the listing form offers.

/// What the form starts from until the browser has told its own.
pub const DEFAULT_TIME_ZONE: &str = "America/New_York";

/// IANA names, west to east: one for each offset and each rule of daylight saving
/// that many people live under. The server takes every IANA name, listed here or not.
pub const TIME_ZONES: &[&str] = &[
    "Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Phoenix", "America/Denver", "America/Chicago",
    "America/Mexico_City", "America/New_York", "America/Toronto", "America/Bogota", "America/Halifax", "America/Santiago",
    "America/St_Johns", "America/Sao_Paulo", "America/Argentina/Buenos_Aires", "Atlantic/Azores", "UTC", "Atlantic/Reykjavik",
    "Europe/Lisbon", "Europe/London", "Europe/Dublin", "Africa/Lagos", "Europe/Madrid", "Europe/Paris", "Europe/Brussels",
    "Europe/Amsterdam", "Europe/Berlin", "Europe/Zurich", "Europe/Rome", "Europe/Vienna", "Europe/Prague", "Europe/Warsaw",
    "Europe/Copenhagen", "Europe/Oslo", "Europe/Stockholm", "Africa/Johannesburg", "Africa/Cairo", "Europe/Athens",
    "Europe/Helsinki", "Europe/Kyiv", "Europe/Istanbul", "Africa/Nairobi", "Asia/Riyadh", "Asia/Tehran", "Asia/Dubai",
    "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Dhaka", "Asia/Bangkok", "Asia/Jakarta", "Asia/Ho_Chi_Minh",
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Singapore", "Asia/Manila", "Australia/Perth", "Asia/Tokyo", "Asia/Seoul",
    "Australia/Adelaide", "Australia/Brisbane", "Australia/Sydney", "Pacific/Auckland",
];
