-- A received message's attributes, as they are shown beside its body: `kind=order` `amount=12`.
ALTER TABLE queue_receipt ADD COLUMN attributes TEXT NOT NULL DEFAULT '';
