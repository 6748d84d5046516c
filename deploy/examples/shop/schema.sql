-- The database of a shop, made by its own migrations and owned by the role shop_owner. Bulkhead made none of it.
CREATE SCHEMA catalog;
CREATE SCHEMA sales;
CREATE SCHEMA warehouse;

CREATE TYPE sales.order_state AS ENUM ('open', 'paid', 'sent', 'cancelled');

CREATE TABLE customers (
  id bigserial PRIMARY KEY,
  email text NOT NULL UNIQUE,
  password_hash text NOT NULL,
  name varchar(120) NOT NULL,
  marketing_consent boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE addresses (
  id bigserial PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers,
  lines text[] NOT NULL
);
CREATE TABLE outbox (
  id bigserial PRIMARY KEY,
  channel varchar(20) NOT NULL,
  recipient text NOT NULL,
  body text NOT NULL,
  sent_at timestamptz
);
CREATE TABLE migrations_done (name text PRIMARY KEY);

CREATE TABLE catalog.categories (id serial PRIMARY KEY, title text NOT NULL);
CREATE TABLE catalog.products (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  category_id integer REFERENCES catalog.categories,
  title text NOT NULL,
  attributes jsonb NOT NULL DEFAULT '{}',
  price numeric(10, 2) NOT NULL CHECK (price >= 0),
  search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED
);
CREATE TABLE catalog.reviews (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id uuid NOT NULL REFERENCES catalog.products,
  customer_id bigint NOT NULL REFERENCES customers,
  stars smallint NOT NULL,
  words text
);
CREATE TABLE catalog.suppliers (id serial PRIMARY KEY, name text NOT NULL, terms text);

CREATE TABLE sales.carts (id uuid PRIMARY KEY, customer_id bigint, items jsonb NOT NULL);
CREATE TABLE sales.coupons (code text PRIMARY KEY, percent integer NOT NULL);
CREATE TABLE sales.orders (
  id bigserial PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers,
  state sales.order_state NOT NULL DEFAULT 'open',
  total numeric(12, 2) NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE sales.order_lines (
  order_id bigint NOT NULL REFERENCES sales.orders,
  product_id uuid NOT NULL REFERENCES catalog.products,
  quantity integer NOT NULL,
  PRIMARY KEY (order_id, product_id)
);
CREATE TABLE sales.payments (
  id bigserial PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES sales.orders,
  card_token text NOT NULL,
  amount numeric(12, 2) NOT NULL
);
CREATE VIEW sales.revenue AS
  SELECT date_trunc('day', placed_at) AS day, sum(total) AS total FROM sales.orders GROUP BY 1;
CREATE MATERIALIZED VIEW sales.best_sellers AS
  SELECT product_id, sum(quantity) AS sold FROM sales.order_lines GROUP BY 1;

CREATE TABLE warehouse.stock (product_id uuid PRIMARY KEY, amount integer NOT NULL);
CREATE TABLE warehouse.shipments (
  id bigserial PRIMARY KEY,
  order_id bigint NOT NULL,
  carrier text NOT NULL,
  tracking text
);
