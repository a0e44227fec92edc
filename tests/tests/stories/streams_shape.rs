//! What a member does with a stream's shape from chat: regions and modes, split and merge, retention, tags, consumers,
//! and what is asked before something goes.

use crate::demo;

#[tokio::test]
async fn the_three_requests_of_the_planner_work_from_chat() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream list region:ap-southeast-2")
            .await
            .fine()
            .publicly()
            .says("No streams in ap-southeast-2 (Sydney)"),
    );
    let suggested = ana.complete("lab", "/stream create name:2026").await;
    let today = suggested.iter().find(|choice| {
        choice["name"]
            .as_str()
            .is_some_and(|name| name.ends_with("today's date"))
    });
    let today = today.expect("today's date")["value"]
        .as_str()
        .expect("a name")
        .to_owned();
    assert_eq!(today, "2026-11-23");
    drop(
        ana.slash(
            "lab",
            &format!("/stream create name:{today} shards:2 mode:provisioned region:ap-southeast-2"),
        )
        .await
        .fine()
        .says("2026-11-23 is ACTIVE · ap-southeast-2 (Sydney)")
        .says("2 shards."),
    );
    drop(
        ana.slash(
            "lab",
            "/stream put name:2026-11-23 key:Device123 data:CPU:10%, Storage: 80% region:ap-southeast-2",
        )
        .await
        .fine()
        .says("Key `Device123` →"),
    );
    drop(
        ana.slash("lab", "/stream read name:2026-11-23 region:ap-southeast-2")
            .await
            .fine()
            .says("`CPU:10%, Storage: 80%`"),
    );
    drop(
        ana.slash(
            "lab",
            "/stream tag name:2026-11-23 tag:dept=fin region:ap-southeast-2",
        )
        .await
        .fine()
        .says("Set `dept=fin`."),
    );
    drop(
        ana.slash("lab", "/stream list region:ap-southeast-2")
            .await
            .fine()
            .says("1 stream in ap-southeast-2 (Sydney)")
            .says("`2026-11-23` · 2 shards · provisioned · ACTIVE"),
    );
    drop(
        ana.slash("lab", "/stream describe name:2026-11-23 region:ap-southeast-2")
            .await
            .fine()
            .says("`dept=fin`")
            .says("1 record, 30 bytes"),
    );
    world.end().await;
}

#[tokio::test]
async fn an_on_demand_stream_chooses_its_own_shards() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:2 mode:on-demand")
            .await
            .fine()
            .privately()
            .says("leave `shards:` out"),
    );
    drop(
        ana.slash("lab", "/stream create name:orders mode:on-demand")
            .await
            .fine()
            .says("begins with 4 shards"),
    );
    drop(
        ana.slash("lab", "/stream describe name:orders")
            .await
            .fine()
            .says("4 · on-demand"),
    );
    world.end().await;
}

#[tokio::test]
async fn ana_splits_and_merges_and_reads_everything_in_order() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    drop(
        ana.slash("lab", "/stream put name:orders key:user-1 data:before")
            .await
            .fine(),
    );
    drop(
        ana.slash("lab", "/stream split name:orders shard:0")
            .await
            .fine()
            .publicly()
            .says("orders: shard 0 → shard 1 and shard 2")
            .says("shard 1 owns 0–50 % and shard 2 owns 50–100 % of the ring")
            .says("They stay in shard 0")
            .says("2 open shards, 1 closed"),
    );
    drop(
        ana.slash("lab", "/stream put name:orders key:user-1 data:between")
            .await
            .fine()
            .says("→ **shard 2**"),
    );
    drop(
        ana.slash("lab", "/stream split name:orders shard:1 at:20")
            .await
            .fine()
            .says("shard 3 owns 0–10 % and shard 4 owns 10–50 %"),
    );
    drop(
        ana.slash("lab", "/stream merge name:orders shard:3 with:2")
            .await
            .fine()
            .privately()
            .says("Shard 3 and shard 2 don't lie beside each other")
            .says("Shard 3 can merge with shard 4"),
    );
    drop(
        ana.slash("lab", "/stream merge name:orders shard:2 with:4")
            .await
            .fine()
            .publicly()
            .says("shard 5 owns 10–100 % of the ring"),
    );
    drop(
        ana.slash("lab", "/stream split name:orders shard:2")
            .await
            .fine()
            .privately()
            .says("Shard 2 is closed"),
    );
    drop(
        ana.slash("lab", "/stream put name:orders key:user-1 data:after")
            .await
            .fine()
            .says("→ **shard 5**"),
    );
    drop(
        ana.slash("lab", "/stream shards name:orders")
            .await
            .fine()
            .says("2 shards open, 4 closed")
            .says("**shard 5** · 10–100 % · from shard 4 and shard 2")
            .says("**shard 0** · 0–100 % · 1 rec., 12 bytes · closed, still readable"),
    );
    let read = ana
        .slash("lab", "/stream read name:orders")
        .await
        .fine()
        .says("3 records");
    let text = read.text();
    let places: Vec<usize> = ["`before`", "`between`", "`after`"]
        .iter()
        .filter_map(|data| text.find(data))
        .collect();
    assert!(places.len() == 3 && places.is_sorted(), "{text}");
    world.end().await;
}

#[tokio::test]
async fn retention_tags_and_consumers_are_set_and_taken_back() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    for (command, words) in [
        (
            "/stream retention name:orders hours:168",
            "orders keeps records for 7 days",
        ),
        ("/stream retention name:orders hours:24", "can no longer be read"),
        ("/stream tag name:orders", "It has no tags"),
        (
            "/stream tag name:orders tag:dept=fin, stage=test",
            "Its tags: `dept=fin`, `stage=test`",
        ),
        ("/stream tag name:orders remove:stage", "Its tags: `dept=fin`"),
        ("/stream consumers name:orders", "has no registered consumers"),
        (
            "/stream consumers name:orders register:analytics",
            "analytics is ACTIVE on orders",
        ),
        ("/stream consumers name:orders", "orders · 1 consumer"),
        ("/stream describe name:orders", "`analytics`"),
        (
            "/stream consumers name:orders remove:analytics",
            "analytics is removed from orders",
        ),
    ] {
        drop(ana.slash("lab", command).await.fine().publicly().says(words));
    }
    for (command, words) in [
        ("/stream retention name:orders hours:12", "24 to 8,760 hours"),
        ("/stream tag name:orders tag:fin", "`tag:dept=fin`"),
        (
            "/stream tag name:orders tag:aws:x=1",
            "must not begin with `aws:`",
        ),
        ("/stream tag name:orders remove:stage", "has no tag `stage`"),
        (
            "/stream consumers name:orders remove:nobody",
            "No consumer `nobody`",
        ),
        (
            "/stream consumers name:orders register:two words",
            "can't be a consumer's name",
        ),
        (
            "/stream read name:orders time:soon",
            "I can't read `soon` as a time",
        ),
        (
            "/stream read name:orders from:at a time (AT_TIMESTAMP)",
            "Add `time:`",
        ),
        ("/stream read name:orders time:2999-01-01", "has not come yet"),
    ] {
        drop(ana.slash("lab", command).await.fine().privately().says(words));
    }
    world.end().await;
}

#[tokio::test]
async fn a_load_tells_each_shards_share_and_why() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:2")
            .await
            .fine(),
    );
    drop(
        ana.slash("lab", "/stream load name:orders count:200 keys:20")
            .await
            .fine()
            .publicly()
            .says("orders ← 200 records")
            .says("20 keys decides its shard")
            .says("Key ring of the stream orders: 2 open shards and 20 keys."),
    );
    // user-1 is on shard 1.
    drop(
        ana.slash(
            "lab",
            "/stream load name:orders count:100 keys:5 pattern:hot-key data:{n}:{key}",
        )
        .await
        .fine()
        .says("`user-1` alone is 80 %")
        .says("More shards would not help"),
    );
    drop(
        ana.slash("lab", "/stream read name:orders shard:1")
            .await
            .fine()
            .says("15 records"),
    );
    drop(
        ana.slash("lab", "/stream load name:orders count:2500 keys:1")
            .await
            .fine()
            .says("orders ← 2,500 records")
            .says("**Throttled.**")
            .says("until all were in"),
    );
    drop(
        ana.slash("lab", "/stream shards name:orders")
            .await
            .fine()
            .says("100% loaded")
            .says("`/stream split name:orders shard:1`"),
    );
    drop(
        ana.slash("lab", "/stream read name:orders time:1h shard:0")
            .await
            .fine()
            .says("From <t:"),
    );
    world.end().await;
}

#[tokio::test]
async fn lag_is_told_shard_by_shard_and_reading_brings_it_down() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:orders shards:2")
            .await
            .fine(),
    );
    drop(
        ana.slash("lab", "/stream lag name:orders")
            .await
            .fine()
            .says("orders · nothing waits"),
    );
    drop(
        ana.slash("lab", "/stream load name:orders count:14 keys:14")
            .await
            .fine(),
    );
    drop(
        ana.slash("lab", "/stream lag name:orders")
            .await
            .fine()
            .says("orders · 14 records wait")
            .says("iterator age"),
    );
    drop(
        ana.slash("lab", "/stream read name:orders")
            .await
            .fine()
            .says("14 records"),
    );
    drop(
        ana.slash("lab", "/stream lag name:orders")
            .await
            .fine()
            .says("orders · nothing waits"),
    );
    world.end().await;
}

#[tokio::test]
async fn nothing_goes_without_being_asked_and_only_by_its_owner() {
    let world = demo().await;
    let (ana, ben) = (world.ana(), world.ben());
    drop(
        ana.slash("lab", "/stream create name:orders shards:1")
            .await
            .fine(),
    );
    let asked = ana
        .slash("lab", "/stream delete name:orders")
        .await
        .fine()
        .privately();
    drop(ben.press(&asked, "Delete it").await.impossible());
    drop(
        ana.press(&asked, "Keep it")
            .await
            .fine()
            .says("Nothing was changed"),
    );

    // A button about a stream that was deleted and made anew is not about the new one.
    let asked = ana.slash("lab", "/stream delete name:orders").await.fine();
    let again = ana.slash("lab", "/stream delete name:orders").await.fine();
    drop(
        ana.press(&again, "Delete it")
            .await
            .fine()
            .says("orders is deleted"),
    );
    drop(ana.press(&asked, "Delete it").await.fine().says("gone already"));

    drop(
        ana.slash("lab", "/stream create name:clicks shards:3")
            .await
            .fine(),
    );
    drop(
        ana.slash("lab", "/sandbox usage")
            .await
            .fine()
            .privately()
            .says("1 of 10")
            .says("3 of 50"),
    );
    let asked = ana
        .slash("lab", "/sandbox reset")
        .await
        .fine()
        .privately()
        .says("1 stream");
    drop(
        ana.press(&asked, "Empty my sandbox")
            .await
            .fine()
            .publicly()
            .says("A fresh sandbox"),
    );
    drop(ana.slash("lab", "/stream list").await.fine().says("No streams"));
    drop(
        ana.slash("lab", "/stream create name:clicks shards:1")
            .await
            .fine()
            .says("clicks is ACTIVE"),
    );
    world.end().await;
}

#[tokio::test]
async fn what_is_typed_is_completed_from_the_region_chosen() {
    let world = demo().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/stream create name:far shards:3 region:eu-west-1")
            .await
            .fine(),
    );
    assert!(ana.complete("lab", "/stream describe name:f").await.is_empty());
    let there = ana
        .complete("lab", "/stream describe region:eu-west-1 name:f")
        .await;
    assert_eq!(there.len(), 1, "{there:?}");
    let shards = ana
        .complete("lab", "/stream split name:far region:eu-west-1 shard:")
        .await;
    assert_eq!(shards.len(), 3, "{shards:?}");
    world.end().await;
}
