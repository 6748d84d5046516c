import CMariaDB
import Clock
import Cryptography
import DataAccess
import Glibc
import Secrets
import Transport

/// Opens one connection to one host and sets its session up. It blocks its thread until the connection can be used,
/// fails, or the deadline passes: libmariadb resolves the host's name in its first call.
struct ConnectionAttempt {
  let configuration: DatabaseConfiguration
  let password: Secret
  let server: Endpoint
  let timeoutMilliseconds: Int

  /// The stack on which libmariadb runs a call that waits; its default is too small for checks of long certificate chains.
  private static let stackBytes = 256 * 1024
  private static let pauseMicroseconds: UInt32 = 2_000
  /// The authentication that sends no password that another server could use.
  private static let safeMethods = "mysql_native_password,client_ed25519"
  /// These send the password itself where the server does not remember it, so they need a server whose certificate is
  /// verified, or for the first one the server's own key. Without encryption, the library's code for the second one would
  /// encrypt the password for any key that a server names.
  private static let openMethods = [PasswordDelivery.method, "sha256_password"]

  /// Runs the attempt; call it off the loops.
  func run() throws(ConnectionFailure) -> EstablishedConnection {
    do throws(ConnectionFailure) {
      return try attempt()
    } catch {
      guard case .rejected(let fault) = error, fault.code == ServerFault.deniedDatabase,
        configuration.name.contains("_"), takesNamesLiterally
      else { throw error }
      throw .rejected(fault.adding(Self.literalNames))
    }
  }

  private func attempt() throws(ConnectionFailure) -> EstablishedConnection {
    let delivery = try passwordDelivery()
    guard let pointer = Library.makeConnection() else {
      throw .refused("libmariadb cannot be set up: it is out of memory")
    }
    let relations: [String: Relation]
    let answer: ServerAnswer
    do throws(ConnectionFailure) {
      configure(pointer)
      let deadline = Deadline(millisecondsFromNow: timeoutMilliseconds)
      try connect(pointer, delivery, until: deadline)
      try checkEncryption(of: pointer)
      if configuration.repairsServer { try liftLimits(of: pointer, until: deadline) }
      for statement in SessionSettings.statements { try run(statement, on: pointer, until: deadline) }
      answer = try self.answer(of: pointer, until: deadline)
      if answer.isReadOnly { throw .readOnly(ConnectionFailure.readOnlyReason) }
      if let reason = answer.nodeRefusal { throw .readOnly(reason) }
      // The tool reads what such a server has, and reports the setting.
      if answer.logsStatements, !configuration.repairsServer {
        throw .readOnly(ConnectionFailure.statementLogReason)
      }
      try run(SessionSettings.waitForCluster, on: pointer, until: deadline)
      relations = ScopedRelations.relations(
        ofPrivileges: try rows(of: ScopedRelations.query, on: pointer, until: deadline))
    } catch {
      mysql_close(pointer)
      throw error
    }
    return EstablishedConnection(
      pointer, server: server, password: password, answer: answer, relations: relations)
  }

  /// Whether a name with `_` in a grant means that database alone, with MySQL's `partial_revokes`. The server answers in a
  /// database that every account sees.
  private var takesNamesLiterally: Bool {
    var common = configuration
    common.name = "information_schema"
    let attempt = ConnectionAttempt(
      configuration: common, password: password, server: server, timeoutMilliseconds: timeoutMilliseconds)
    // Where this fails too, nothing is known of the setting, and the first failure is reported as it is.
    let setting = try? attempt.signedIn { (pointer, deadline) throws(ConnectionFailure) in
      try rows(of: "SELECT 0 /*!80017 + @@global.partial_revokes */", on: pointer, until: deadline)
    }
    return setting?.first?.first == "1"
  }

  private static let literalNames =
    ": partial_revokes is ON, so MySQL takes the `_` in a granted database's name as it is, and `bulkhead bootstrap` "
    + "grants anew"

  /// Signs in, runs one statement, and leaves.
  func execute(_ sql: String) throws(ConnectionFailure) {
    try signedIn { (pointer, deadline) throws(ConnectionFailure) in
      try run(sql, on: pointer, until: deadline)
    }
  }

  /// Signs in, runs `body`, and leaves.
  private func signedIn<Value>(
    _ body: (UnsafeMutablePointer<MYSQL>, Deadline) throws(ConnectionFailure) -> Value
  ) throws(ConnectionFailure) -> Value {
    let delivery = try passwordDelivery()
    guard let pointer = Library.makeConnection() else { throw .refused("libmariadb is out of memory") }
    defer { mysql_close(pointer) }
    configure(pointer)
    let deadline = Deadline(millisecondsFromNow: timeoutMilliseconds)
    try connect(pointer, delivery, until: deadline)
    try checkEncryption(of: pointer)
    return try body(pointer, deadline)
  }

  private func configure(_ pointer: UnsafeMutablePointer<MYSQL>) {
    var stack = Self.stackBytes
    mysql_options(pointer, MYSQL_OPT_NONBLOCK, &stack)
    // The name `localhost` would otherwise mean a socket in the file system.
    var transport = MYSQL_PROTOCOL_TCP.rawValue
    mysql_options(pointer, MYSQL_OPT_PROTOCOL, &transport)
    var seconds = UInt32(clamping: max(1, (timeoutMilliseconds + 999) / 1_000))
    mysql_options(pointer, MYSQL_OPT_CONNECT_TIMEOUT, &seconds)
    // A server could otherwise read any file of this machine.
    var off: UInt32 = 0
    mysql_options(pointer, MYSQL_OPT_LOCAL_INFILE, &off)
    mysql_options(pointer, MYSQL_SET_CHARSET_NAME, "utf8mb4")
    let methods = Self.methods(
      configuration.tls, isKeyPinned: configuration.serverKeyFile != nil,
      deliversPasswords: Library.deliversPasswords)
    mysql_options(pointer, MARIADB_OPT_RESTRICTED_AUTH, methods)
    encrypt(pointer)
  }

  private var isEncrypted: Bool { configuration.tls != .disable }

  /// The methods with which an account may sign in. `deliversPasswords` says whether ``PasswordDelivery`` is in use: the
  /// library's own code for its method never is.
  static func methods(_ tls: TLSMode, isKeyPinned: Bool, deliversPasswords: Bool) -> String {
    let open: [String]
    switch tls {
    case .disable: open = isKeyPinned ? [PasswordDelivery.method] : []
    case .require: open = []
    case .verifyFull: open = openMethods
    }
    let usable = open.filter { deliversPasswords || $0 != PasswordDelivery.method }
    return ([safeMethods] + usable).joined(separator: ",")
  }

  /// Reads the pinned key anew for each connection, so that a new key needs no restart.
  private func passwordDelivery() throws(ConnectionFailure) -> PasswordDelivery {
    switch configuration.tls {
    case .verifyFull: return PasswordDelivery(key: nil, isVerified: true)
    case .require: return PasswordDelivery(key: nil, isVerified: false)
    case .disable:
      guard let path = configuration.serverKeyFile else {
        return PasswordDelivery(key: nil, isVerified: false)
      }
      do {
        return PasswordDelivery(key: try RSAPublicKey(pem: PlainFile.bytes(of: path)), isVerified: false)
      } catch {
        throw .refused("DB_SERVER_PUBLIC_KEY_FILE: \(path) has no usable key: \(error)")
      }
    }
  }

  private func encrypt(_ pointer: UnsafeMutablePointer<MYSQL>) {
    var (yes, no): (my_bool, my_bool) = (1, 0)
    switch configuration.tls {
    case .disable: break
    case .require:
      mysql_options(pointer, MYSQL_OPT_SSL_ENFORCE, &yes)
      mysql_options(pointer, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &no)
    case .verifyFull(let authorityFile):
      mysql_options(pointer, MYSQL_OPT_SSL_ENFORCE, &yes)
      mysql_options(pointer, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes)
      mysql_options(pointer, MYSQL_OPT_SSL_CA, authorityFile ?? SystemCertificates.path)
    }
  }

  /// libmariadb goes on without encryption where the server offers none and no certificate is to be verified.
  private func checkEncryption(of pointer: UnsafeMutablePointer<MYSQL>) throws(ConnectionFailure) {
    guard !isEncrypted || mysql_get_ssl_cipher(pointer) != nil else {
      throw .refused("the server offers no encryption")
    }
  }

  private func connect(
    _ pointer: UnsafeMutablePointer<MYSQL>, _ delivery: PasswordDelivery, until deadline: Deadline
  ) throws(ConnectionFailure) {
    delivery.bind(to: pointer)
    // The call keeps these pointers until its end.
    let (host, user) = (StableText(server.host), StableText(configuration.user))
    let (secret, name) = (StableText(password.reveal()), StableText(configuration.name))
    defer { secret.erase() }
    var connected: UnsafeMutablePointer<MYSQL>?
    var wanted = mysql_real_connect_start(
      &connected, pointer, host.start, user.start, secret.start, name.start, UInt32(server.port), nil,
      BULKHEAD_CLIENT_FOUND_ROWS)
    while wanted != 0 {
      let happened = wait(for: wanted, on: pointer, until: deadline)
      guard happened != 0 else { throw tooLate }
      wanted = mysql_real_connect_cont(&connected, pointer, happened)
    }
    guard connected != nil else { throw lastFailure(of: pointer, delivery) }
    withExtendedLifetime(delivery) {}
  }

  /// A limit of a millisecond can end the statement that lifts it, which runs again then, until the deadline.
  private func liftLimits(
    of pointer: UnsafeMutablePointer<MYSQL>, until deadline: Deadline
  ) throws(ConnectionFailure) {
    while true {
      do throws(ConnectionFailure) {
        return try run(SessionSettings.unlimited, on: pointer, until: deadline)
      } catch {
        guard case .rejected(let fault) = error, fault.code == ServerFault.statementTime, !deadline.hasPassed
        else { throw error }
        usleep(Self.pauseMicroseconds)
      }
    }
  }

  private func run(
    _ sql: String, on pointer: UnsafeMutablePointer<MYSQL>, until deadline: Deadline
  ) throws(ConnectionFailure) {
    Wire.keepFromWaiting(mysql_get_socket(pointer))
    let text = StableText(sql)
    let call = Call.query(pointer, text)
    var result: Int32 = 0
    var wanted = call.start(&result)
    while wanted != 0 {
      let happened = wait(for: wanted, on: pointer, until: deadline)
      guard happened != 0 else { throw tooLate }
      wanted = call.resume(&result, happened)
    }
    withExtendedLifetime(text) {}
    guard result == 0 else { throw lastFailure(of: pointer) }
  }

  private func answer(
    of pointer: UnsafeMutablePointer<MYSQL>, until deadline: Deadline
  ) throws(ConnectionFailure) -> ServerAnswer {
    let rows: [[String?]]
    do throws(ConnectionFailure) {
      rows = try self.rows(of: SessionSettings.serverQuery, on: pointer, until: deadline)
    } catch {
      guard case .rejected(let fault) = error, fault.code == ServerFault.syntaxError else { throw error }
      throw .refused("the server is older than MariaDB 10.6 and MySQL 8.0.17")
    }
    guard let answer = rows.first.flatMap(ServerAnswer.init) else { throw lastFailure(of: pointer) }
    return answer
  }

  /// Runs a select of few rows, and returns its fields as text.
  private func rows(
    of sql: String, on pointer: UnsafeMutablePointer<MYSQL>, until deadline: Deadline
  ) throws(ConnectionFailure) -> [[String?]] {
    try run(sql, on: pointer, until: deadline)
    var result: UnsafeMutablePointer<MYSQL_RES>?
    var wanted = mysql_store_result_start(&result, pointer)
    while wanted != 0 {
      let happened = wait(for: wanted, on: pointer, until: deadline)
      guard happened != 0 else { throw tooLate }
      wanted = mysql_store_result_cont(&result, pointer, happened)
    }
    guard let result else { throw lastFailure(of: pointer) }
    defer { mysql_free_result(result) }
    var rows: [[String?]] = []
    while let row = mysql_fetch_row(result) {
      rows.append((0..<Int(mysql_num_fields(result))).map { row[$0].map { String(cString: $0) } })
    }
    return rows
  }

  private func lastFailure(
    of pointer: UnsafeMutablePointer<MYSQL>, _ delivery: PasswordDelivery? = nil
  ) -> ConnectionFailure {
    if let refusal = delivery?.refusal { return .refused(refusal) }
    let fault = ServerFault(of: pointer)
    if fault.meansRefusedMethod, let method = Self.openMethods.first(where: fault.message.contains) {
      if method == PasswordDelivery.method, !Library.deliversPasswords {
        return .refused(
          "the account signs in with \(method), for which libmariadb has other code already: unset LIBMYSQL_PLUGINS"
        )
      }
      return .refused(
        "the account signs in with \(method), which needs a verified server: set DB_TLS=verify-full and DB_CA_FILE"
          + (method == PasswordDelivery.method ? ", or without TLS DB_SERVER_PUBLIC_KEY_FILE" : ""))
    }
    if fault.isOwn || fault.code == 0 { return .refused(fault.message) }
    // A server with another key cannot read the password, and reports the same as for a wrong one.
    return .rejected(
      delivery?.usedKey == true
        ? fault.adding("; the server may have another key than that of DB_SERVER_PUBLIC_KEY_FILE") : fault)
  }

  private var tooLate: ConnectionFailure {
    .refused("the server did not respond within \(timeoutMilliseconds) ms")
  }

  /// The events that have happened; 0 after the deadline, unless the call itself ends by a time-out.
  private func wait(
    for wanted: Int32, on pointer: UnsafeMutablePointer<MYSQL>, until deadline: Deadline
  ) -> Int32 {
    var descriptor = pollfd(fd: mysql_get_socket(pointer), events: 0, revents: 0)
    if wanted & Wait.read != 0 { descriptor.events |= Int16(POLLIN) }
    if wanted & Wait.write != 0 { descriptor.events |= Int16(POLLOUT) }
    while true {
      let ready = poll(&descriptor, 1, deadline.remainingMilliseconds ?? 0)
      if ready < 0, errno == EINTR { continue }
      guard ready > 0 else { return wanted & Wait.timeout }
      let isBroken = descriptor.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
      var happened: Int32 = 0
      if isBroken || descriptor.revents & Int16(POLLIN) != 0 { happened |= wanted & Wait.read }
      if isBroken || descriptor.revents & Int16(POLLOUT) != 0 { happened |= wanted & Wait.write }
      return happened
    }
  }
}

/// Why a connection attempt failed.
enum ConnectionFailure: Error, Equatable {
  /// No server responded: connection refused, timeout, unknown host, TLS failure.
  case refused(String)
  /// The server rejected the connection.
  case rejected(ServerFault)
  /// The server takes no writes, with the reason.
  case readOnly(String)

  /// The reason, in words.
  var words: String {
    switch self {
    case .refused(let reason): reason
    case .rejected(let fault): "\(fault.explanation) (\(fault.code))"
    case .readOnly(let reason): "the server \(reason)"
    }
  }

  /// What makes a server read-only.
  static let readOnlyReason = "is read-only (read_only or innodb_read_only)"
  /// What makes a server refuse all writes of a session that reads committed rows.
  static let statementLogReason =
    "refuses every write (1665), because its binary log keeps statements (binlog_format = STATEMENT): set it to ROW"
}

/// The certificate authorities of this machine.
enum SystemCertificates {
  /// The file in which Debian's `ca-certificates` stores all of them.
  static let path = "/etc/ssl/certs/ca-certificates.crt"
}

/// The library, which is set up once before its first connection.
enum Library {
  private static let state: (isReady: Bool, deliversPasswords: Bool) = {
    guard mysql_server_init(0, nil, nil) == 0, let connection = mysql_init(nil) else { return (false, false) }
    defer { mysql_close(connection) }
    return (true, PasswordDelivery.register(connection))
  }()

  /// Whether ``PasswordDelivery`` is in use. It is not where `LIBMYSQL_PLUGINS` has loaded other code for its method.
  static var deliversPasswords: Bool { state.deliversPasswords }

  static func makeConnection() -> UnsafeMutablePointer<MYSQL>? { state.isReady ? mysql_init(nil) : nil }
}

extension StableText {
  /// Overwrites the text, which was a secret.
  fileprivate func erase() { explicit_bzero(start, count) }
}
