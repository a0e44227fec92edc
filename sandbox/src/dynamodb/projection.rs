//! What a transaction reads: dynoxide adds an item's keys to what was asked for, AWS does not. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

/// Which key attributes each item of an answer must not show, in the order of the request.
pub fn keys_not_asked_for(request: &Value) -> Vec<Vec<String>> {
    let gets = request["TransactItems"].as_array().into_iter().flatten();
    gets.map(|action| &action["Get"])
        .map(|get| match get["ProjectionExpression"].as_str() {
            None => Vec::new(),
            Some(projection) => {
                let asked = attributes(projection, &get["ExpressionAttributeNames"]);
                let keys = get["Key"].as_object().into_iter().flat_map(|key| key.keys());
                keys.filter(|key| !asked.contains(key.as_str()))
                    .cloned()
                    .collect()
            }
        })
        .collect()
}

/// Takes them out of the answer.
pub fn leave_out(keys: &[Vec<String>], answer: &mut Value) {
    let responses = answer.get_mut("Responses").and_then(Value::as_array_mut);
    for (response, keys) in responses.into_iter().flatten().zip(keys) {
        if let Some(item) = response.get_mut("Item").and_then(Value::as_object_mut) {
            item.retain(|name, _| !keys.contains(name));
        }
    }
}

/// The attributes at the head of each path.
fn attributes<'a>(projection: &'a str, names: &'a Value) -> BTreeSet<&'a str> {
    projection
        .split(',')
        .filter_map(|path| path.trim().split(['.', '[']).next())
        .map(|head| names[head].as_str().unwrap_or(head))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_is_shown_where_it_was_asked_for_alone() {
        let get = |more: Value| {
            let mut get = json!({"TableName": "t", "Key": {"pk": {"S": "a"}, "sk": {"S": "b"}}});
            get.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            json!({"Get": get})
        };
        let request = json!({"TransactItems": [
            get(json!({})),
            get(json!({"ProjectionExpression": "v.pk, sk"})),
            get(json!({"ProjectionExpression": "#k , list[0].sk", "ExpressionAttributeNames": {"#k": "pk"}})),
            get(json!({"ProjectionExpression": "v"})),
        ]});
        let keys = keys_not_asked_for(&request);
        assert_eq!(keys, [vec![], vec!["pk"], vec!["sk"], vec!["pk", "sk"]]);
        let item = json!({"Item": {"pk": {"S": "a"}, "sk": {"S": "b"}, "v": {"S": "c"}}});
        let mut answer = json!({"Responses": [item, item, {}, item]});
        leave_out(&keys, &mut answer);
        let shown = json!({"Responses": [
            item, {"Item": {"sk": {"S": "b"}, "v": {"S": "c"}}}, {}, {"Item": {"v": {"S": "c"}}}
        ]});
        assert_eq!(answer, shown);
    }
}
