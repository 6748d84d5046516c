\set id random(:first, :last)
\set session :id + :sessions_ahead
SELECT token_hash, revoked_at FROM sessions WHERE id = :session LIMIT 1;
BEGIN;
SELECT removed_setting_version FROM users WHERE id = :id LIMIT 1 FOR UPDATE;
SELECT version FROM settings WHERE user_id = :id AND name = 'theme' LIMIT 1 FOR UPDATE;
INSERT INTO events (type, source, subject, payload, occurred_at)
  VALUES ('setting.changed', 'backend-api', :id, '{"name":"theme","actor": 1,"actor_role":"member","request":"0"}', now());
INSERT INTO audit_log (source, account, actor_id, actor_role, address, request_id, action, object, fields, occurred_at)
  VALUES ('backend-api', 'backend-api-rw', :id, 'member', '127.0.0.1', '0', 'setting.changed', 'setting/theme', '[]', now());
UPDATE settings SET value = '"dark"', version = version + 1, updated_at = now() WHERE user_id = :id AND name = 'theme';
COMMIT;
