//! The events and the sellers of the demo: sixty events in twelve cities, over five months.

/// The sellers, by the name in their address.
pub(super) const SELLERS: [&str; 12] =
    ["alice", "bob", "chidi", "dana", "emeka", "farah", "goran", "hana", "ivan", "jun", "karin", "luis"];

/// A place of the demo.
pub(super) struct City {
    pub(super) name: &'static str,
    pub(super) time_zone: &'static str,
    pub(super) venues: [&'static str; 2],
}

/// An event of the demo.
pub(super) struct Event {
    pub(super) title: &'static str,
    /// A code of `Category`.
    pub(super) category: &'static str,
    /// Where: an index of [`CITIES`], and one of its venues.
    pub(super) city: usize,
    pub(super) venue: usize,
    /// When: days from today, and the time on the clocks of the venue.
    pub(super) days: i64,
    pub(super) time: &'static str,
    /// What a ticket costs, more or less, in dollars.
    pub(super) dollars: i64,
    /// How many listings are drawn for it.
    pub(super) listings: usize,
}

pub(super) const CITIES: [City; 12] = [
    City { name: "Amsterdam", time_zone: "Europe/Amsterdam", venues: ["Paradijs", "Het Kanaalhuis"] },
    City { name: "Berlin", time_zone: "Europe/Berlin", venues: ["Tempodrom", "Spreehalle"] },
    City { name: "Boston", time_zone: "America/New_York", venues: ["Dockside Stadium", "Harbour Hall"] },
    City { name: "Chicago", time_zone: "America/Chicago", venues: ["Lakeside Meadow", "The Brick Room"] },
    City { name: "Lisbon", time_zone: "Europe/Lisbon", venues: ["Clube da Esquina", "Coliseu do Tejo"] },
    City { name: "London", time_zone: "Europe/London", venues: ["The Old Granary", "Northgate Arena"] },
    City { name: "New York", time_zone: "America/New_York", venues: ["Playhouse on Third", "East River Stage"] },
    City { name: "Reykjavík", time_zone: "Atlantic/Reykjavik", venues: ["Hafnarhúsið", "Norðurljós"] },
    City { name: "Sydney", time_zone: "Australia/Sydney", venues: ["Riverside Park", "The Ferry Shed"] },
    City { name: "Tokyo", time_zone: "Asia/Tokyo", venues: ["Budokan Hall", "Shimokita Basement"] },
    City { name: "Toronto", time_zone: "America/Toronto", venues: ["The Cellar Door", "Queen Street Forum"] },
    City {
        name: "Vienna",
        time_zone: "Europe/Vienna",
        venues: ["Basement of the Natural History Museum", "Musikverein am Ring"],
    },
];

#[rustfmt::skip]
pub(super) const EVENTS: [Event; 60] = [
    Event { title: "Canal Lights Festival", category: "festival", city: 0, venue: 0, days: 34, time: "14:00", dollars: 85, listings: 9 },
    Event { title: "Joost de Wit: Plat", category: "comedy", city: 0, venue: 1, days: 11, time: "20:30", dollars: 24, listings: 5 },
    Event { title: "Saskia & the Locks", category: "concert", city: 0, venue: 0, days: 19, time: "20:00", dollars: 38, listings: 7 },
    Event { title: "Oranje v. Cymru", category: "sports", city: 0, venue: 0, days: 52, time: "18:00", dollars: 65, listings: 10 },
    Event { title: "De Meeuw", category: "theatre", city: 0, venue: 1, days: 88, time: "19:30", dollars: 32, listings: 4 },
    Event { title: "The Midnight Choir: Farewell Tour", category: "concert", city: 1, venue: 0, days: 12, time: "20:00", dollars: 70, listings: 14 },
    Event { title: "Kraftfeld", category: "concert", city: 1, venue: 1, days: 6, time: "21:00", dollars: 34, listings: 6 },
    Event { title: "Eisbären der Spree v. Hansa", category: "sports", city: 1, venue: 0, days: 27, time: "17:30", dollars: 41, listings: 6 },
    Event { title: "Die Räuber", category: "theatre", city: 1, venue: 1, days: 63, time: "19:00", dollars: 29, listings: 4 },
    Event { title: "Long Night of Short Jokes", category: "comedy", city: 1, venue: 1, days: 40, time: "20:00", dollars: 18, listings: 5 },
    Event { title: "Harbour City v. Northern United", category: "sports", city: 2, venue: 0, days: 5, time: "19:30", dollars: 80, listings: 12 },
    Event { title: "Blue Line Brass", category: "concert", city: 2, venue: 1, days: 17, time: "20:00", dollars: 31, listings: 5 },
    Event { title: "A Doll's House", category: "theatre", city: 2, venue: 1, days: 44, time: "19:30", dollars: 46, listings: 4 },
    Event { title: "Harbour City v. Lakeside", category: "sports", city: 2, venue: 0, days: 33, time: "13:00", dollars: 58, listings: 8 },
    Event { title: "Winter Folk Weekend", category: "festival", city: 2, venue: 1, days: 75, time: "12:00", dollars: 110, listings: 6 },
    Event { title: "Open Fields Festival: Weekend Pass", category: "festival", city: 3, venue: 0, days: 45, time: "12:00", dollars: 205, listings: 12 },
    Event { title: "South Side Soul Revue", category: "concert", city: 3, venue: 1, days: 8, time: "20:30", dollars: 44, listings: 6 },
    Event { title: "Late and Loud: Stand-up", category: "comedy", city: 3, venue: 1, days: 21, time: "22:00", dollars: 22, listings: 5 },
    Event { title: "The Cherry Orchard", category: "theatre", city: 3, venue: 1, days: 97, time: "19:00", dollars: 39, listings: 3 },
    Event { title: "City Marathon: Grandstand", category: "sports", city: 3, venue: 0, days: 120, time: "09:00", dollars: 35, listings: 5 },
    Event { title: "Ines Duarte Trio", category: "concert", city: 4, venue: 0, days: 9, time: "21:30", dollars: 28, listings: 5 },
    Event { title: "Noite de Fado", category: "concert", city: 4, venue: 1, days: 24, time: "22:00", dollars: 36, listings: 7 },
    Event { title: "Sardinha Fest", category: "festival", city: 4, venue: 1, days: 130, time: "16:00", dollars: 48, listings: 8 },
    Event { title: "Águias v. Dragões", category: "sports", city: 4, venue: 1, days: 38, time: "20:15", dollars: 62, listings: 9 },
    Event { title: "Auto da Barca do Inferno", category: "theatre", city: 4, venue: 0, days: 71, time: "21:00", dollars: 20, listings: 3 },
    Event { title: "Twelfth Night", category: "theatre", city: 5, venue: 0, days: 20, time: "19:00", dollars: 45, listings: 7 },
    Event { title: "Cello Marathon", category: "concert", city: 5, venue: 0, days: 23, time: "14:00", dollars: 38, listings: 5 },
    Event { title: "The Understudies", category: "comedy", city: 5, venue: 0, days: 4, time: "20:00", dollars: 19, listings: 4 },
    Event { title: "Northgate Rovers v. Albion", category: "sports", city: 5, venue: 1, days: 15, time: "15:00", dollars: 55, listings: 11 },
    Event { title: "Ada & The Engines", category: "concert", city: 5, venue: 1, days: 57, time: "19:30", dollars: 88, listings: 15 },
    Event { title: "The Glass Menagerie", category: "theatre", city: 6, venue: 0, days: 8, time: "20:00", dollars: 74, listings: 6 },
    Event { title: "Brooklyn Tape Loop", category: "concert", city: 6, venue: 1, days: 29, time: "21:00", dollars: 42, listings: 6 },
    Event { title: "Improv Till Dawn", category: "comedy", city: 6, venue: 1, days: 13, time: "23:00", dollars: 25, listings: 5 },
    Event { title: "East River Fireworks", category: "other", city: 6, venue: 1, days: 33, time: "18:00", dollars: 30, listings: 8 },
    Event { title: "Hamlet in One Hour", category: "theatre", city: 6, venue: 0, days: 82, time: "14:00", dollars: 52, listings: 4 },
    Event { title: "Kvöldvaka: Songs of the Long Night", category: "concert", city: 7, venue: 0, days: 16, time: "20:00", dollars: 47, listings: 6 },
    Event { title: "Airwaves North Festival", category: "festival", city: 7, venue: 1, days: 48, time: "17:00", dollars: 140, listings: 9 },
    Event { title: "Sigga og Mosinn", category: "concert", city: 7, venue: 1, days: 26, time: "21:00", dollars: 33, listings: 5 },
    Event { title: "Glíma Championship Final", category: "sports", city: 7, venue: 0, days: 59, time: "16:00", dollars: 27, listings: 4 },
    Event { title: "Sagas, Abridged", category: "comedy", city: 7, venue: 0, days: 103, time: "20:00", dollars: 23, listings: 3 },
    Event { title: "Women's Cup Semi-Final", category: "sports", city: 8, venue: 0, days: 16, time: "15:00", dollars: 55, listings: 8 },
    Event { title: "Summer on the Ferry", category: "festival", city: 8, venue: 1, days: 68, time: "11:00", dollars: 72, listings: 7 },
    Event { title: "The Kookaburra Sessions", category: "concert", city: 8, venue: 1, days: 22, time: "19:30", dollars: 39, listings: 5 },
    Event { title: "Harbour Lights Comedy Gala", category: "comedy", city: 8, venue: 1, days: 43, time: "20:00", dollars: 34, listings: 5 },
    Event { title: "Cricket: First Day of the Test", category: "sports", city: 8, venue: 0, days: 92, time: "10:30", dollars: 68, listings: 10 },
    Event { title: "Paper Lanterns", category: "concert", city: 9, venue: 0, days: 27, time: "18:30", dollars: 115, listings: 12 },
    Event { title: "Shibuya Noise", category: "concert", city: 9, venue: 1, days: 10, time: "19:00", dollars: 29, listings: 5 },
    Event { title: "Sumo: Final Day", category: "sports", city: 9, venue: 0, days: 55, time: "09:00", dollars: 96, listings: 9 },
    Event { title: "Rakugo Evening", category: "comedy", city: 9, venue: 1, days: 36, time: "18:00", dollars: 26, listings: 3 },
    Event { title: "Kabuki for Beginners", category: "theatre", city: 9, venue: 0, days: 111, time: "13:00", dollars: 60, listings: 5 },
    Event { title: "Nadia Okafor: Small Talk", category: "comedy", city: 10, venue: 0, days: 14, time: "21:00", dollars: 27, listings: 6 },
    Event { title: "Stand Up, Sit Down: Open Mic Final", category: "comedy", city: 10, venue: 0, days: 3, time: "20:30", dollars: 18, listings: 4 },
    Event { title: "Maple Street Jazz", category: "concert", city: 10, venue: 1, days: 31, time: "20:00", dollars: 35, listings: 5 },
    Event { title: "Ice Queens v. Wolverines", category: "sports", city: 10, venue: 1, days: 7, time: "19:00", dollars: 64, listings: 10 },
    Event { title: "Northern Lights Film Gala", category: "other", city: 10, venue: 1, days: 77, time: "19:30", dollars: 40, listings: 4 },
    Event { title: "An Evening of One-Minute Operas, Sung in the Dark by Forty Amateur Sopranos and One Very Patient Pianist", category: "other", city: 11, venue: 0, days: 31, time: "18:45", dollars: 20, listings: 3 },
    Event { title: "Neujahrskonzert, Second Balcony", category: "concert", city: 11, venue: 1, days: 33, time: "11:15", dollars: 150, listings: 10 },
    Event { title: "Der Rosenkavalier", category: "theatre", city: 11, venue: 1, days: 18, time: "18:30", dollars: 90, listings: 8 },
    Event { title: "Wiener Schmäh", category: "comedy", city: 11, venue: 0, days: 50, time: "20:00", dollars: 21, listings: 4 },
    Event { title: "Donau Rapid v. Ring FC", category: "sports", city: 11, venue: 1, days: 39, time: "17:00", dollars: 37, listings: 5 },
];
