// Reads and writes with node-postgres as each account: `node_postgres_client.js ACCOUNT PASSWORD_FILE ...`.
const assert = require("node:assert");
const { randomUUID } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { Client } = require("pg");

const USER = "INSERT INTO users (email, password, fs_uniquifier, confirmed_at) VALUES ($1, 'x', $2, $3) RETURNING id";
const CHANNEL = "INSERT INTO platform_integrations (platform, channel, external_id) VALUES ($1, 'one', $2)";
const EVENT = "INSERT INTO events (type, source, subject) VALUES ('client.test', $1, '1')";
const DENIED = /permission denied/;
const ROW_POLICY = /row-level security/;

const checks = {
  "backend-api-rw": async (client) => {
    const moment = new Date();
    const values = [`${randomUUID()}@example.org`, randomUUID().replaceAll("-", ""), moment];
    const { id } = (await client.query(USER, values)).rows[0];
    assert.strictEqual(typeof id, "string", "a bigint is a text");
    for (let round = 0; round < 3; round++) {
      // With a name the server keeps the prepared statement.
      const query = { name: "by id", text: "SELECT email, active, confirmed_at FROM users WHERE id = $1", values: [id] };
      const row = (await client.query(query)).rows[0];
      assert.deepStrictEqual([row.email, row.active, row.confirmed_at], [values[0], true, moment]);
    }
    assert.strictEqual((await client.query("DELETE FROM users WHERE id = $1", [id])).rowCount, 1);
    await client.query(EVENT, ["backend-api"]);
    await assert.rejects(client.query(`${EVENT} RETURNING id`, ["backend-api"]), DENIED);
    await assert.rejects(client.query(EVENT, ["connector"]), ROW_POLICY);
  },
  "connector-rw": async (client) => {
    const made = await client.query(`${EVENT} RETURNING id`, ["connector"]);
    assert.ok(Number(made.rows[0].id) > 0);
    await assert.rejects(client.query(EVENT, ["backend-api"]), ROW_POLICY);
    await assert.rejects(client.query("SELECT * FROM users"), DENIED);
  },
  "twitch-trigger": async (client) => {
    await client.query(CHANNEL, ["twitch", randomUUID()]);
    const found = await client.query("SELECT DISTINCT platform FROM platform_integrations");
    assert.deepStrictEqual(found.rows, [{ platform: "twitch" }]);
    await assert.rejects(client.query(CHANNEL, ["discord", randomUUID()]), ROW_POLICY);
    await assert.rejects(client.query("UPDATE platform_integrations SET id = 1"), DENIED);
  },
  "analytics-ro": async (client) => {
    await client.query("SELECT id, active FROM users");
    await assert.rejects(client.query("SELECT * FROM users"), DENIED);
    await assert.rejects(client.query(EVENT, ["analytics"]), DENIED);
  },
};

async function use(account, passwordFile) {
  const client = new Client({
    host: process.env.DB_HOST, port: Number(process.env.DB_PORT), database: process.env.DB_NAME,
    user: account, password: readFileSync(passwordFile, "utf8").trim(),
  });
  await client.connect();
  try {
    assert.strictEqual((await client.query("SHOW timezone")).rows[0].TimeZone, "UTC");
    await assert.rejects(client.query("CREATE TABLE extra (id bigint)"), DENIED);
    await checks[account](client);
  } finally {
    await client.end();
  }
}

(async () => {
  const given = process.argv.slice(2);
  for (let place = 0; place < given.length; place += 2) {
    try {
      await use(given[place], given[place + 1]);
    } catch (fault) {
      console.error(`${given[place]}: ${fault.stack}`);
      process.exitCode = 1;
    }
  }
})();
