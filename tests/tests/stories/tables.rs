//! A member's own DynamoDB, from chat.

use crate::demo;

#[tokio::test]
async fn ana_puts_an_item_twice_deletes_it_and_sees_each_change() {
    let world = demo().await;
    let ana = world.ana();
    let made = ana
        .slash("lab", "/table create name:users key:id stream:NEW_AND_OLD_IMAGES")
        .await;
    drop(
        made.fine()
            .publicly()
            .says("users is ACTIVE")
            .says("change data capture"),
    );
    let quiet = ana.slash("lab", "/table changes name:users").await.fine();
    drop(quiet.says("Nothing has changed"));
    let first = ana
        .slash("lab", r#"/table put name:users item:{"id":"u1","age":3}"#)
        .await;
    drop(first.fine().publicly().says("It is **new**").says("INSERT"));
    let same = ana
        .slash("lab", r#"/table put name:users item:{"id":"u1","age":3}"#)
        .await;
    drop(same.fine().says("Nothing changed"));
    let second = ana
        .slash(
            "lab",
            r#"/table put name:users item:{"id":"u1","age":4,"plan":"free"}"#,
        )
        .await;
    drop(
        second
            .fine()
            .says("took the place of the **whole** item")
            .says("\"age\": 3"),
    );
    let got = ana.slash("lab", "/table get name:users item:u1").await.fine();
    drop(got.says("\"plan\": \"free\""));
    let gone = ana
        .slash("lab", r#"/table delete-item name:users item:{"id":"u1"}"#)
        .await;
    drop(gone.fine().says("It is gone").says("REMOVE"));
    let again = ana
        .slash("lab", "/table delete-item name:users item:u1")
        .await
        .fine();
    drop(again.says("nothing changed"));
    let none = ana.slash("lab", "/table get name:users item:u1").await.fine();
    drop(none.says("No item has this key"));
    let changes = ana
        .slash("lab", "/table changes name:users")
        .await
        .fine()
        .publicly();
    drop(
        changes
            .says("users · 3 changes")
            .says("**MODIFY** `u1` `age: 3 → 4, plan: none → \"free\"`")
            .says("Timeline of 3 changes to the table users")
            .says("MODIFY u1 at"),
    );
    world.end().await;
}

#[tokio::test]
async fn a_table_with_a_sort_key_wants_both_parts_and_numbers_are_numbers() {
    let world = demo().await;
    let ana = world.ana();
    let made = ana
        .slash("lab", "/table create name:visits key:user sort:at:number")
        .await
        .fine();
    drop(made.says("Sort key `at` (number)").says("It has no stream"));
    let put = ana
        .slash(
            "lab",
            r#"/table put name:visits item:{"user":"ana","at":7,"page":"/"}"#,
        )
        .await;
    drop(put.fine().says("ana · 7"));
    let got = ana
        .slash("lab", r#"/table get name:visits item:{"user":"ana","at":7}"#)
        .await
        .fine();
    drop(got.says("\"page\": \"/\""));
    let list = ana.slash("lab", "/table list").await.fine();
    drop(list.says("• `visits` · 1 item · key `user` + `at` · no stream"));
    for (command, words) in [
        ("/table get name:visits item:ana", "say its whole key"),
        (
            r#"/table get name:visits item:{"user":"ana","at":"7"}"#,
            "`at` is a number",
        ),
        (
            r#"/table put name:visits item:{"user":"ana"}"#,
            "The item has no `at`",
        ),
        (
            r#"/table put name:visits item:{"user":7,"at":7}"#,
            "`user` is text",
        ),
        ("/table put name:visits item:{user:7}", "That is not JSON"),
        ("/table put name:visits item:[1]", "in braces"),
        ("/table changes name:visits", "has no stream"),
        ("/table put name:nope item:{}", "You have no table `nope`"),
        (
            "/table create name:visits key:id",
            "You have a table `visits` already",
        ),
        ("/table create name:no key:id", "can't be a table's name"),
        ("/table create name:users key:id sort:id", "another attribute"),
    ] {
        drop(ana.slash("lab", command).await.fine().privately().says(words));
    }
    world.end().await;
}

#[tokio::test]
async fn each_view_shows_what_it_keeps() {
    let world = demo().await;
    let ana = world.ana();
    for (view, says) in [
        ("KEYS_ONLY", "INSERT u1 at"),
        ("NEW_IMAGE", "age not kept → 3"),
        ("OLD_IMAGE", "INSERT u1 at"),
    ] {
        let name = view.to_lowercase();
        let create = format!("/table create name:{name} key:id stream:{view}");
        drop(ana.slash("lab", &create).await.fine());
        let put = format!(r#"/table put name:{name} item:{{"id":"u1","age":3}}"#);
        drop(ana.slash("lab", &put).await.fine());
        let changes = ana
            .slash("lab", &format!("/table changes name:{name}"))
            .await
            .fine();
        drop(changes.says(says).says(view));
    }
    world.end().await;
}

#[tokio::test]
async fn a_table_survives_a_power_cut_and_is_deleted_only_after_a_button() {
    let mut world = demo().await;
    for text in [
        "/table create name:users key:id stream:NEW_IMAGE region:eu-west-1",
        r#"/table put name:users region:eu-west-1 item:{"id":"u1"}"#,
    ] {
        drop(world.ana().slash("lab", text).await.fine());
    }
    world.restart_bot().await;
    let ana = world.ana();
    drop(
        ana.slash("lab", "/table list")
            .await
            .fine()
            .says("No tables in us-east-1"),
    );
    let choices = ana.complete("lab", "/table get region:eu-west-1 name:us").await;
    assert_eq!(choices.len(), 1, "{choices:?}");
    let asked = ana
        .slash("lab", "/table delete name:users region:eu-west-1")
        .await
        .fine();
    let asked = asked.says("1 item goes with it");
    let refused = world.ben().press(&asked, "Delete").await.fine().privately();
    drop(refused.says("belongs to someone else"));
    let theirs = world
        .ben()
        .slash("lab", "/table get name:users item:u1 region:eu-west-1")
        .await;
    drop(theirs.fine().privately().says("You have no table `users`"));
    drop(ana.press(&asked, "Delete").await.fine().says("users is deleted"));
    drop(
        ana.slash("lab", "/table list region:eu-west-1")
            .await
            .fine()
            .says("No tables"),
    );
    world.end().await;
}
