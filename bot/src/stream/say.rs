//! How shards, sizes and lengths of time are said. Pure.

use discord::text;
use sandbox::streams::{Shard, Stream};

/// A shard by its number, as people say it.
pub fn short(id: &str) -> String {
    match id
        .strip_prefix("shardId-")
        .and_then(|digits| digits.parse::<u64>().ok())
    {
        Some(number) => format!("shard {number}"),
        None => text::code(id),
    }
}

/// Several of them: `shard 2 and shard 3`.
pub fn shorts(ids: &[String]) -> String {
    text::listed(&ids.iter().map(|id| short(id)).collect::<Vec<_>>())
}

/// How much of the ring a shard owns, e.g. `0–50 %`.
pub fn arc(shard: &Shard) -> String {
    let percent = |place: u128| place as f64 / u128::MAX as f64 * 100.0;
    let (start, end) = (percent(*shard.hashes.start()), percent(*shard.hashes.end()));
    format!("{}–{} %", trim(start), trim(end))
}

/// A number with one digit behind the point, where that is not 0.
pub fn trim(number: f64) -> String {
    let one = format!("{number:.1}");
    one.strip_suffix(".0").map(str::to_owned).unwrap_or(one)
}

/// `12 %` of a whole.
pub fn percent(part: u64, whole: u64) -> String {
    let share = part as f64 / whole.max(1) as f64 * 100.0;
    if share > 0.0 && share < 0.5 {
        "<1 %".to_owned()
    } else {
        format!("{share:.0} %")
    }
}

/// `840 bytes`, `12 KiB`, `1.5 MiB`.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_024 => text::count(bytes as i64, "byte", "bytes"),
        1_024..1_048_576 => format!("{} KiB", trim(bytes as f64 / 1_024.0)),
        _ => format!("{} MiB", trim(bytes as f64 / 1_048_576.0)),
    }
}

/// `1 record`, `1,234 records`.
pub fn records(number: u64) -> String {
    if number == 1 {
        "1 record".to_owned()
    } else {
        format!("{} records", thousands(number))
    }
}

/// `1,234`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|it| std::str::from_utf8(it).ok())
        .collect();
    groups.join(",")
}

/// `0 s`, `2.5 s`, `42 s`, `3 min`, `5 h`.
pub fn lasting(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{} s", trim(ms as f64 / 1_000.0)),
        10_000..120_000 => format!("{} s", ms / 1_000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}

/// The open shards with what they own, a line each.
pub fn shards(stream: &Stream) -> String {
    const TOLD: usize = 12;
    let open: Vec<&Shard> = stream.open_shards().collect();
    let owns = |shard: &&Shard| format!("{} owns {} of the ring", short(&shard.id), arc(shard));
    let mut lines: Vec<String> = open.iter().take(TOLD).map(owns).collect();
    if open.len() > TOLD {
        lines.push(format!("… and {} more", open.len() - TOLD));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_shortly() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(thousands),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!([1, 2_048, 1_572_864].map(bytes), ["1 byte", "2 KiB", "1.5 MiB"]);
        assert_eq!(
            [0, 2_500, 42_000, 200_000, 9_000_000].map(lasting),
            ["0 s", "2.5 s", "42 s", "3 min", "2 h"]
        );
        assert_eq!(
            [(0, 0), (1, 1_000), (1, 3)].map(|(part, whole)| percent(part, whole)),
            ["0 %", "<1 %", "33 %"]
        );
    }
}
