//! A tenant's topics as rows of the lab's tables; the columns stand in `lab::tables`.

use super::account::Account;
use super::state::State;
use crate::lab::Row;

/// Makes rows of all topics in every region.
async fn of_regions(account: &Account, make: impl Fn(&str, &State) -> Vec<Row>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (region, engine) in account.engines().in_regions().await {
        rows.extend(engine.look(|state| make(region.as_str(), state)));
    }
    rows
}

pub async fn topics(account: &Account) -> Vec<Row> {
    of_regions(account, |region, state| {
        let row = |topic: &super::state::Topic| {
            let definition = &topic.definition;
            vec![
                region.into(),
                definition.name.as_str().into(),
                format!("arn:aws:sns:{region}:{}:{}", account.id(), definition.name).into(),
                definition.is_fifo().into(),
                topic.published.into(),
            ]
        };
        state.topics().map(row).collect()
    })
    .await
}

pub async fn subscriptions(account: &Account) -> Vec<Row> {
    of_regions(account, |region, state| {
        let row = |subscriber: &super::state::Subscriber| {
            let subscription = &subscriber.subscription;
            vec![
                region.into(),
                subscription.topic.as_str().into(),
                "sqs".into(),
                subscription.queue.as_str().into(),
                subscription.raw.into(),
                subscription.filter_policy.clone().into(),
                subscription.filter_scope.text().into(),
                subscriber.delivered.into(),
            ]
        };
        state.subscribers().map(row).collect()
    })
    .await
}
