import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Properties;
import java.util.UUID;

/** Reads and writes with PostgreSQL's JDBC driver as each account: `JdbcClient.java ACCOUNT PASSWORD_FILE ...`. */
class JdbcClient {
  private static final String USER =
      "INSERT INTO users (email, password, fs_uniquifier, confirmed_at) VALUES (?, 'x', ?, ?)";
  private static final String CHANNEL =
      "INSERT INTO platform_integrations (platform, channel, external_id) VALUES (?, 'one', ?)";
  private static final String EVENT = "INSERT INTO events (type, source, subject) VALUES ('client.test', ?, '1')";
  private static final String DENIED = "permission denied";
  private static final String ROW_POLICY = "row-level security";

  private interface Work {
    void run() throws SQLException;
  }

  private final Connection connection;

  private JdbcClient(Connection connection) {
    this.connection = connection;
  }

  public static void main(String[] arguments) throws Exception {
    for (int i = 0; i < arguments.length; i += 2) {
      Properties login = new Properties();
      login.setProperty("user", arguments[i]);
      login.setProperty("password", Files.readString(Path.of(arguments[i + 1])).trim());
      String server = System.getenv("DB_HOST") + ":" + System.getenv("DB_PORT") + "/" + System.getenv("DB_NAME");
      try (Connection connection = DriverManager.getConnection("jdbc:postgresql://" + server, login)) {
        connection.setAutoCommit(false);
        new JdbcClient(connection).use(arguments[i]);
      } catch (Exception | AssertionError fault) {
        throw new AssertionError(arguments[i] + ": " + fault, fault);
      }
    }
  }

  private void use(String account) throws SQLException {
    refused(DENIED, () -> run("CREATE TABLE extra (id bigint)"));
    switch (account) {
      case "backend-api-rw" -> backendAPI();
      case "connector-rw" -> connector();
      case "twitch-trigger" -> twitchTrigger();
      case "analytics-ro" -> analytics();
      default -> throw new AssertionError("no checks for this account");
    }
  }

  private void backendAPI() throws SQLException {
    OffsetDateTime moment = OffsetDateTime.now(ZoneOffset.ofHours(5)).truncatedTo(ChronoUnit.MICROS);
    String email = UUID.randomUUID() + "@example.org";
    long made = insertReturningKey(USER, email, UUID.randomUUID().toString().replace("-", ""), moment);
    connection.commit();
    // Often enough that the driver prepares the statement on the server.
    for (int i = 0; i < 10; i++) {
      ResultSet found = query("SELECT email, active, confirmed_at FROM users WHERE id = ?", made);
      check(found.next() && found.getString(1).equals(email) && found.getBoolean(2), "the row is another one");
      OffsetDateTime stored = found.getObject(3, OffsetDateTime.class);
      check(stored.isEqual(moment), stored + " instead of " + moment);
    }
    check(run("DELETE FROM users WHERE id = ?", made) == 1, "the user was not deleted");
    run(EVENT, "backend-api");
    connection.commit();
    refused(DENIED, () -> insertReturningKey(EVENT, "backend-api"));
    refused(ROW_POLICY, () -> run(EVENT, "connector"));
  }

  private void connector() throws SQLException {
    check(insertReturningKey(EVENT, "connector") > 0, "the event has no id");
    connection.commit();
    refused(ROW_POLICY, () -> run(EVENT, "backend-api"));
    refused(DENIED, () -> query("SELECT * FROM users"));
  }

  private void twitchTrigger() throws SQLException {
    run(CHANNEL, "twitch", UUID.randomUUID().toString());
    connection.commit();
    ResultSet found = query("SELECT DISTINCT platform FROM platform_integrations");
    check(found.next() && found.getString(1).equals("twitch") && !found.next(), "rows of another platform");
    refused(ROW_POLICY, () -> run(CHANNEL, "discord", UUID.randomUUID().toString()));
    refused(DENIED, () -> run("UPDATE platform_integrations SET id = 1"));
  }

  private void analytics() throws SQLException {
    query("SELECT id, active FROM users");
    refused(DENIED, () -> query("SELECT * FROM users"));
    refused(DENIED, () -> run(EVENT, "analytics"));
  }

  private int run(String sql, Object... values) throws SQLException {
    return bind(connection.prepareStatement(sql), values).executeUpdate();
  }

  private ResultSet query(String sql, Object... values) throws SQLException {
    return bind(connection.prepareStatement(sql), values).executeQuery();
  }

  /** As an ORM inserts a row: the driver adds RETURNING. */
  private long insertReturningKey(String sql, Object... values) throws SQLException {
    PreparedStatement statement = bind(connection.prepareStatement(sql, new String[] {"id"}), values);
    statement.executeUpdate();
    ResultSet keys = statement.getGeneratedKeys();
    check(keys.next(), "no key");
    return keys.getLong(1);
  }

  private static PreparedStatement bind(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) statement.setObject(i + 1, values[i]);
    return statement;
  }

  private void refused(String reason, Work work) throws SQLException {
    try {
      work.run();
    } catch (SQLException error) {
      connection.rollback();
      check(error.getMessage().contains(reason), "refused for another reason: " + error.getMessage());
      return;
    }
    throw new AssertionError("not refused, expected: " + reason);
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) throw new AssertionError(otherwise);
  }
}
