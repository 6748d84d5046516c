\set id random(:first, :last)
BEGIN;
SELECT id FROM users WHERE id = :id FOR UPDATE;
SELECT version FROM settings WHERE user_id = :id AND name = 'theme' FOR UPDATE;
UPDATE settings SET value = '"dark"', version = version + 1, updated_at = now() WHERE user_id = :id AND name = 'theme';
INSERT INTO events (type, source, subject, payload, occurred_at)
  VALUES ('setting.changed', 'backend-api', :id, '{"name":"theme"}', now());
COMMIT;
