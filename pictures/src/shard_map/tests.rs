//! What a shard map shows and says, and that nothing a member types can break it.

use proptest::prelude::*;
use resvg::tiny_skia::Pixmap;

use super::draw::draw;
use super::*;

/// `n` equal open shards.
fn stream(n: u128) -> ShardMap {
    let width = u128::MAX / n;
    let shard = |i: u128| Shard {
        id: format!("shardId-{i:012}"),
        parents: vec![],
        start: i * width,
        end: if i + 1 == n {
            u128::MAX
        } else {
            (i + 1) * width - 1
        },
        open: true,
        load: None,
        records: Some(i as u64 * 3),
        iterator_age_ms: None,
    };
    ShardMap {
        stream: "orders".into(),
        shards: (0..n).map(shard).collect(),
        landing: None,
    }
}

/// One shard split in two, then merged again.
fn split_and_merged() -> ShardMap {
    let half = u128::MAX / 2;
    let shard = |id: u32, parents: &[u32], start, end, open| Shard {
        id: format!("shardId-{id:012}"),
        parents: parents.iter().map(|id| format!("shardId-{id:012}")).collect(),
        start,
        end,
        open,
        load: Some(1.08).filter(|_| open),
        records: None,
        iterator_age_ms: None,
    };
    ShardMap {
        stream: "orders".into(),
        shards: vec![
            shard(0, &[], 0, u128::MAX, false),
            shard(1, &[0], 0, half, false),
            shard(2, &[0], half + 1, u128::MAX, false),
            shard(3, &[1, 2], 0, u128::MAX, true),
        ],
        landing: None,
    }
}

fn said(map: &ShardMap) -> Vec<String> {
    draw(map).labels().iter().map(|(_, text)| text.clone()).collect()
}

fn with_landing(mut map: ShardMap, key: &str, hash: u128) -> ShardMap {
    let found = map
        .shards
        .iter()
        .find(|s| s.open && s.start <= hash && hash <= s.end);
    let shard = found.map(|shard| shard.id.clone()).unwrap_or_default();
    map.landing = Some(Landing {
        key: key.into(),
        hash,
        shard,
    });
    map
}

#[test]
fn a_put_shows_where_its_key_landed_in_the_picture_and_in_words() {
    let map = with_landing(stream(2), "user-1", 0x93ab_41c2 << 96);
    let picture = shard_map(&map).unwrap();
    assert_eq!(
        picture.alt,
        "Shard map of the stream orders: 2 open shards. The MD5 of the key user-1 is 0x93ab41c2…, which lands \
         in shardId-000000000001. shard-000 takes 0x0000… to 0x7fff…, 0 records. shard-001 takes 0x7fff… to \
         0xffff…, 3 records."
    );
    let said = said(&map);
    assert!(
        said.contains(&"MD5 of user-1 = 0x93ab41c2…".to_owned()),
        "{said:?}"
    );
    assert!(said.contains(&"shardId-000000000001".to_owned()), "{said:?}");
}

#[test]
fn the_picture_is_a_png_of_the_size_it_says() {
    let picture = shard_map(&stream(2)).unwrap();
    let decoded = Pixmap::decode_png(&picture.png).unwrap();
    assert_eq!(
        (decoded.width(), decoded.height()),
        (picture.width, picture.height)
    );
    assert_eq!(picture.width, 1_600);
    let drawn = decoded.pixels().iter().filter(|pixel| pixel.red() > 200).count();
    assert!(drawn > 2_000, "only {drawn} bright pixels: the text is missing");
}

#[test]
fn a_split_and_a_merge_are_told_apart() {
    let said = said(&split_and_merged());
    assert!(
        said.contains(&"closed by split".to_owned()) && said.contains(&"closed by merge".to_owned()),
        "{said:?}"
    );
    let alt = shard_map(&split_and_merged()).unwrap().alt;
    assert!(
        alt.contains("1 open shard, 3 closed.") && alt.contains("108% loaded (throttled)"),
        "{alt}"
    );
}

#[test]
fn generations_stand_below_each_other_at_their_hash_keys() {
    let map = split_and_merged();
    let tree = layout::Tree::new(&map, 100.0);
    let tops: Vec<_> = tree.placed.iter().map(|placed| placed.rect.y).collect();
    assert!(
        tops[0] < tops[1] && (tops[1] - tops[2]).abs() < 1e-9 && tops[2] < tops[3],
        "{tops:?}"
    );
    assert!(
        tree.placed[1].rect.right() < tree.placed[2].rect.x,
        "the halves stand side by side"
    );
    assert_eq!(tree.connections().len(), 4);
}

#[test]
fn fifty_shards_all_have_their_number() {
    let map = with_landing(stream(50), "user-1", u128::MAX / 3);
    let said = said(&map);
    assert!((0..50).all(|n| said.contains(&n.to_string())), "{said:?}");
    assert_eq!(draw(&map).misplaced_label(), None);
    let alt = shard_map(&map).unwrap().alt;
    assert!(alt.ends_with("And 42 more open shards."), "{alt}");
}

#[test]
fn a_long_history_keeps_the_open_shards_and_says_what_is_left_out() {
    let mut map = split_and_merged();
    for id in 4..30_u32 {
        let parent = map.shards.last_mut().unwrap();
        parent.open = false;
        let parents = vec![parent.id.clone()];
        map.shards.push(Shard {
            id: format!("shardId-{id:012}"),
            parents,
            open: true,
            ..map.shards[0].clone()
        });
    }
    let said = said(&map);
    assert!(
        said.iter()
            .any(|text| text.contains("the 21 oldest generations are not shown")),
        "{said:?}"
    );
    assert!(said.iter().any(|text| text.contains("029")), "{said:?}");
    assert_eq!(draw(&map).misplaced_label(), None);
}

#[test]
fn a_stream_without_shards_says_so() {
    let map = ShardMap {
        stream: "empty".into(),
        shards: vec![],
        landing: None,
    };
    assert!(said(&map).contains(&"this stream has no shards to show".to_owned()));
    assert!(shard_map(&map).unwrap().alt.contains("0 open shards"));
}

#[test]
fn a_key_cannot_rearrange_the_words_around_it() {
    let map = with_landing(stream(2), "a\u{202e}b\n<text>&\"'\u{0}", 5);
    let alt = shard_map(&map).unwrap().alt;
    assert!(alt.contains("the key ab <text>&\"' is 0x00000000…"), "{alt}");
    assert!(said(&map).contains(&"MD5 of ab <text>&\"' = 0x00000000…".to_owned()));
}

fn any_shard() -> impl Strategy<Value = Shard> {
    let parents = proptest::collection::vec((0u32..12).prop_map(|id| format!("shardId-{id:012}")), 0..3);
    let id = prop_oneof![3 => (0u32..12).prop_map(|id| format!("shardId-{id:012}")), 1 => any::<String>()];
    (
        id,
        parents,
        any::<u128>(),
        any::<u128>(),
        any::<bool>(),
        any::<Option<f64>>(),
        proptest::option::of(0u64..1 << 60),
    )
        .prop_map(|(id, parents, start, end, open, load, records)| Shard {
            id,
            parents,
            start,
            end,
            open,
            load,
            records,
            iterator_age_ms: load.map(|load| load.abs() as u64),
        })
}

/// A stream as it can really be: it starts with some equal shards, and is then split and merged.
fn grown_stream() -> impl Strategy<Value = ShardMap> {
    let steps = proptest::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 0..20);
    (1u128..30, steps, any::<bool>()).prop_map(|(n, steps, loaded)| {
        let mut map = stream(n);
        for (split, at) in steps {
            reshard(&mut map.shards, split, at);
        }
        for (at, shard) in map.shards.iter_mut().enumerate().filter(|_| loaded) {
            shard.load = Some(at as f64 / 9.0);
        }
        map
    })
}

fn reshard(shards: &mut Vec<Shard>, split: bool, at: prop::sample::Index) {
    let mut open: Vec<usize> = (0..shards.len()).filter(|&at| shards[at].open).collect();
    open.sort_by_key(|&at| shards[at].start);
    let position = at.index(open.len());
    let first = open[position];
    let next_id = |shards: &[Shard]| format!("shardId-{:012}", shards.len());
    let Shard { start, end, id, .. } = shards[first].clone();
    let child = Shard {
        parents: vec![id],
        records: Some(1),
        ..shards[first].clone()
    };
    if split && end - start > 1 << 100 {
        let middle = start + (end - start) / 2;
        shards[first].open = false;
        shards.push(Shard {
            id: next_id(shards),
            end: middle,
            ..child.clone()
        });
        shards.push(Shard {
            id: next_id(shards),
            start: middle + 1,
            ..child
        });
    } else if let Some(&second) = open.get(position + 1) {
        shards[first].open = false;
        shards[second].open = false;
        let parents = vec![shards[first].id.clone(), shards[second].id.clone()];
        let end = shards[second].end;
        shards.push(Shard {
            id: next_id(shards),
            parents,
            end,
            ..child
        });
    }
}

proptest! {
    #[test]
    fn no_label_covers_another_on_any_stream_that_can_be(
        map in grown_stream(), key in ".{0,300}", hash in any::<u128>(), lands in any::<bool>(),
    ) {
        let map = if lands { with_landing(map, &key, hash) } else { map };
        let canvas = draw(&map);
        prop_assert_eq!(canvas.misplaced_label(), None);
        let tree = layout::Tree::new(&map, 0.0);
        for (at, placed) in tree.placed.iter().enumerate() {
            for other in &tree.placed[..at] {
                prop_assert!(!placed.rect.overlaps(&other.rect), "{} covers {}", placed.shard.id, other.shard.id);
            }
        }
    }
}

proptest! {
    // Each case draws every pixel.
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nothing_at_all_breaks_the_drawing(
        name in any::<String>(),
        shards in proptest::collection::vec(any_shard(), 0..20),
        landing in proptest::option::of((any::<String>(), any::<u128>(), any::<String>())),
    ) {
        let landing = landing.map(|(key, hash, shard)| Landing { key, hash, shard });
        let picture = shard_map(&ShardMap { stream: name, shards, landing }).unwrap();
        prop_assert!(!picture.png.is_empty() && !picture.alt.is_empty());
        prop_assert!(picture.alt.chars().count() <= 1_000);
        prop_assert!(!picture.alt.chars().any(char::is_control));
    }
}
