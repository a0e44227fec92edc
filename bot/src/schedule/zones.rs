//! Names of time zones as people type them: completion, and the nearest name on a mistake.
//! What a zone means for a schedule is in `civil`.

use std::cmp::Reverse;

use chrono_tz::{TZ_VARIANTS, Tz};

use super::cron_field::shown;

/// Discord shows at most this many choices.
const MAX_CHOICES: usize = 25;

/// What is offered before anything is typed: well-known names around the globe, west to east.
const WELL_KNOWN: [Tz; 16] = [
    Tz::UTC,
    Tz::America__Los_Angeles,
    Tz::America__Denver,
    Tz::America__Chicago,
    Tz::America__New_York,
    Tz::America__Sao_Paulo,
    Tz::Europe__London,
    Tz::Europe__Berlin,
    Tz::Europe__Istanbul,
    Tz::Africa__Lagos,
    Tz::Asia__Dubai,
    Tz::Asia__Kolkata,
    Tz::Asia__Singapore,
    Tz::Asia__Tokyo,
    Tz::Australia__Sydney,
    Tz::Pacific__Auckland,
];

/// Areas under which the zone database keeps its current names; `US/Eastern`, `GB` and `Etc/GMT+3` are understood
/// but come last.
const AREAS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];

/// Former spellings that still sit under a current area: understood, but offered after the present name.
const FORMER: [&str; 28] = [
    "Africa/Asmera",
    "Africa/Timbuktu",
    "America/Buenos_Aires",
    "America/Catamarca",
    "America/Cordoba",
    "America/Fort_Wayne",
    "America/Godthab",
    "America/Indianapolis",
    "America/Jujuy",
    "America/Knox_IN",
    "America/Louisville",
    "America/Mendoza",
    "America/Rosario",
    "Asia/Ashkhabad",
    "Asia/Calcutta",
    "Asia/Chungking",
    "Asia/Dacca",
    "Asia/Katmandu",
    "Asia/Macao",
    "Asia/Rangoon",
    "Asia/Saigon",
    "Asia/Thimbu",
    "Asia/Ujung_Pandang",
    "Asia/Ulan_Bator",
    "Atlantic/Faeroe",
    "Europe/Kiev",
    "Pacific/Enderbury",
    "Pacific/Truk",
];

/// Why a zone was refused, and what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// Close to a zone's name.
    #[error("I don't know the time zone `{typed}`. Did you mean `{nearest}`?")]
    Misspelt {
        /// As typed.
        typed: String,
        /// The nearest name.
        nearest: &'static str,
    },
    /// Close to nothing.
    #[error(
        "I don't know the time zone `{0}`. Start typing a city and pick from the list, e.g. `Europe/Berlin`."
    )]
    Unknown(String),
}

/// The zone of a name as typed; a city alone will do, and case, spaces and underscores do not matter.
pub fn parse_zone(text: &str) -> Result<Tz, ZoneError> {
    let typed = plain(text);
    let named = |name: &str| {
        TZ_VARIANTS
            .iter()
            .find(|zone| plain(zone.name()) == name)
            .copied()
    };
    if let Some(zone) = named(&typed) {
        return Ok(zone);
    }
    if typed.is_empty() {
        return Err(ZoneError::Unknown(shown(text)));
    }
    let mut cities = TZ_VARIANTS
        .iter()
        .filter(|zone| city(zone.name()) == typed)
        .copied();
    if let (Some(only), None) = (cities.next(), cities.next()) {
        return Ok(only);
    }
    match suggest_zones(text).first() {
        Some(nearest) => Err(ZoneError::Misspelt {
            typed: shown(text),
            nearest,
        }),
        None => Err(ZoneError::Unknown(shown(text))),
    }
}

/// Up to 25 names for what has been typed so far, the likeliest first: names and cities that begin with it, then
/// those that contain it, then those that nearly do.
pub fn suggest_zones(typed: &str) -> Vec<&'static str> {
    let typed = plain(typed);
    if typed.is_empty() {
        return WELL_KNOWN.iter().map(|zone| zone.name()).collect();
    }
    let mut ranked: Vec<_> = TZ_VARIANTS
        .iter()
        .filter_map(|zone| {
            let name = zone.name();
            let (closeness, distance) = closeness(&typed, name)?;
            Some((
                closeness,
                distance,
                oldness(name),
                Reverse(WELL_KNOWN.contains(zone)),
                name,
            ))
        })
        .collect();
    ranked.sort_unstable();
    // Near misses are for typing mistakes only: where something matches as typed, they would be noise.
    let best = ranked.first().map(|entry| entry.0);
    ranked.retain(|entry| entry.0 < NEAR || best == Some(NEAR));
    ranked
        .into_iter()
        .take(MAX_CHOICES)
        .map(|entry| entry.4)
        .collect()
}

const NEAR: u8 = 4;

/// How well a name answers what was typed (lower is better), and for near misses by how many letters it is off.
fn closeness(typed: &str, name: &str) -> Option<(u8, usize)> {
    let (full, city) = (plain(name), city(name));
    let rank = if full == *typed || city == *typed {
        0
    } else if city.starts_with(typed) {
        1
    } else if full.starts_with(typed) {
        2
    } else if full.contains(typed) {
        3
    } else {
        let distance =
            strsim::damerau_levenshtein(typed, &city).min(strsim::damerau_levenshtein(typed, &full));
        let allowed = if typed.chars().count() < 4 {
            0
        } else {
            1 + typed.chars().count() / 6
        };
        return (distance <= allowed).then_some((NEAR, distance));
    };
    Some((rank, 0))
}

/// 0 for a current Area/City name (and UTC), 1 for a former spelling, 2 for the rest.
fn oldness(name: &str) -> u8 {
    let area = name.split('/').next().unwrap_or(name);
    match name {
        "UTC" => 0,
        _ if FORMER.contains(&name) => 1,
        _ if name.contains('/') && AREAS.contains(&area) => 0,
        _ => 2,
    }
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '-'], "_")
}

fn city(name: &str) -> String {
    plain(name.rsplit('/').next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_the_city() {
        assert_eq!(suggest_zones("berl"), ["Europe/Berlin"]);
        assert_eq!(suggest_zones("new yo"), ["America/New_York"]);
        assert_eq!(suggest_zones("kolk")[0], "Asia/Kolkata");
        assert_eq!(suggest_zones("utc")[0], "UTC");
        assert_eq!(
            suggest_zones("europe/l")[..3],
            ["Europe/London", "Europe/Lisbon", "Europe/Ljubljana"]
        );
        assert_eq!(suggest_zones("berlni"), ["Europe/Berlin"]);
        assert!(suggest_zones("xqzxqz").is_empty());
    }

    #[test]
    fn the_present_name_comes_before_the_former_one() {
        let kyiv = suggest_zones("europe/k");
        let place = |name: &str| kyiv.iter().position(|found| *found == name).unwrap();
        assert!(place("Europe/Kyiv") < place("Europe/Kiev"), "{kyiv:?}");
    }

    #[test]
    fn nothing_typed_offers_the_globe_and_never_more_than_discord_shows() {
        assert!(suggest_zones("").contains(&"Europe/Berlin"));
        for typed in ["a", "e", "america", "europe/", "/"] {
            let found = suggest_zones(typed);
            assert!(found.len() <= MAX_CHOICES && !found.is_empty(), "{typed}");
        }
    }

    #[test]
    fn every_name_completes_to_itself_and_parses() {
        for zone in TZ_VARIANTS {
            assert!(suggest_zones(zone.name()).contains(&zone.name()), "{zone}");
            assert_eq!(parse_zone(zone.name()), Ok(zone));
        }
    }

    #[test]
    fn a_zone_is_read_as_people_type_it_and_a_mistake_gets_the_nearest_name() {
        assert_eq!(parse_zone("europe/berlin"), Ok(Tz::Europe__Berlin));
        assert_eq!(parse_zone(" New York "), Ok(Tz::America__New_York));
        assert_eq!(parse_zone("Tokyo"), Ok(Tz::Asia__Tokyo));
        assert_eq!(
            parse_zone("Europe/Berlni"),
            Err(ZoneError::Misspelt {
                typed: "Europe/Berlni".into(),
                nearest: "Europe/Berlin"
            })
        );
        assert!(matches!(parse_zone("Middle-earth"), Err(ZoneError::Unknown(_))));
        assert!(matches!(parse_zone(""), Err(ZoneError::Unknown(_))));
        assert!(!parse_zone("`@everyone`").unwrap_err().to_string().contains("``"));
    }
}
