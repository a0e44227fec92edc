//! What takes something away for good asks first. The question is the member's alone; what was done is told to all.

use ::sandbox::Region;
use discord::{Card, Failure, Route, Visibility, mistake};
use sha2::{Digest as _, Sha256};

use super::once;
use crate::call::Call;
use crate::stream::{self, cards, store, words};
use crate::tenant;

/// The button that deletes this very stream. A name may be longer than a button's id, so that its digest stands for it.
pub fn delete_route(call: &Call, region: Region, name: &str, created_at: i64) -> Route {
    Route::new("stream", "delete")
        .owned_by(call.member_id)
        .arg(region)
        .arg(digest(name))
        .arg(created_at)
}

pub fn keep_route(call: &Call) -> Route {
    Route::new("stream", "keep").owned_by(call.member_id)
}

pub fn reset_route(call: &Call) -> Route {
    Route::new("stream", "reset").owned_by(call.member_id)
}

/// Deletes the stream that the button is about, if it is still that one.
pub async fn delete(call: &Call, route: &Route) -> Result<(), Failure> {
    let region: Region = route.parse(0)?;
    let (wanted, created_at) = (route.get(1)?, route.parse::<i64>(2)?);
    let (_, streams) = stream::streams(call, region).await?;
    let names = streams.list().await.map_err(words::failure)?;
    let gone = || mistake("That stream is gone already. `/stream list` shows those there are.");
    let name = names
        .into_iter()
        .find(|name| digest(name) == wanted)
        .ok_or_else(gone)?;
    let found = streams.describe(&name).await.map_err(words::failure)?;
    if found.created_at != created_at {
        return Err(mistake(format!(
            "That button was for an older stream of this name. `/stream delete name:{name}` asks about the one there is now."
        )));
    }
    once(call).await?;
    streams.delete(&name).await.map_err(words::failure)?;
    call.to.update(&Card::words("Deleted.")).await?;
    Ok(call
        .to
        .reply(&cards::deleted(&name, region), Visibility::Public)
        .await?)
}

/// Empties the member's sandbox.
pub async fn reset(call: &Call) -> Result<(), Failure> {
    once(call).await?;
    let tenant = tenant::of(call).await?;
    call.app.sandbox.delete_tenant(&tenant.account_id).await?;
    store::forget_reading(&call.app.store, &tenant).await?;
    call.to.update(&Card::words("Emptied.")).await?;
    Ok(call.to.reply(&cards::emptied(), Visibility::Public).await?)
}

/// Leaves everything as it is.
pub async fn keep(call: &Call) -> Result<(), Failure> {
    Ok(call.to.update(&Card::words("Nothing was changed.")).await?)
}

fn digest(name: &str) -> String {
    hex::encode(&Sha256::digest(name.as_bytes())[..8])
}
