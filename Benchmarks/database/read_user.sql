SELECT id, email, active, role, confirmed_at, created_at, updated_at FROM users WHERE id = :id;
