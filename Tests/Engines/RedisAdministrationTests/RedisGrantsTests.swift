import AccessManifest
import AccessPlanning
import Cache
import DatabaseTestSupport
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import RedisAdministration

/// A cache server that replies from a script and records the commands.
private final class ScriptedCache: CacheConnection {
  private let log = Mutex<[String]>([])
  private let hasFile: Bool
  private let savesFile: Bool
  private let release: String
  private let users: [String]
  private let killsSessions: Bool

  init(
    hasFile: Bool, savesFile: Bool = true, release: String = "7.0.15",
    users: [String] = ["user default on nopass ~* +@all"], killsSessions: Bool = true
  ) {
    self.killsSessions = killsSessions
    self.release = release
    self.users = users
    self.hasFile = hasFile
    self.savesFile = savesFile
  }

  var commands: [String] { log.withLock { $0 } }

  func command(_ arguments: [[UInt8]]) async throws(CacheError) -> RESPValue {
    let words = arguments.map { String(decoding: $0, as: UTF8.self) }
    log.withLock { $0.append(words.joined(separator: " ")) }
    switch Array(words.prefix(2)) {
    case ["HELLO"]:
      return .array(["server", "redis", "version", release].map { .bytes(Array($0.utf8)) })
    case ["ACL", "LIST"]: return .array(users.map { .bytes(Array($0.utf8)) })
    case ["CLIENT", "KILL"] where !killsSessions:
      throw .refused(code: "ERR", message: "unknown command 'CLIENT'")
    case ["ACL", "CAT"], ["FUNCTION", "LIST"]: return .array([])
    case ["ACL", "SAVE"] where !hasFile:
      throw .refused(code: "ERR", message: "This Redis instance is not configured to use an ACL file.")
    case ["ACL", "SAVE"] where !savesFile:
      throw .refused(code: "ERR", message: "There was an error trying to save the ACLs.")
    default: return .status("OK")
    }
  }

  func pipeline(_ commands: [[[UInt8]]]) async -> [Result<RESPValue, CacheError>] { [] }

  func close() async {}
}

@Suite struct RedisGrantsTests {
  private let manifest: AccessManifest
  private let credentials: CredentialStore
  private let folder: TemporaryFolder

  init() throws {
    manifest = try FleetManifest.load()
    folder = try TemporaryFolder()
    credentials = CredentialStore(directory: folder.file("credentials"))
    _ = try credentials.createMissing(for: manifest.credentialNames)
  }

  @Test func `the server receives digests and never a password`() async throws {
    let cache = ScriptedCache(hasFile: true)
    let outcome = try await RedisGrants(manifest: manifest, credentials: credentials, administrator: cache)
      .apply()
    #expect(outcome.done.count == manifest.cacheAccounts.count + 2)
    #expect(outcome.notes == [])
    for account in manifest.cacheAccounts.map(\.name) {
      let password = try credentials.password(of: account).reveal()
      #expect(cache.commands.allSatisfy { !$0.contains(password) })
      #expect(cache.commands.contains { $0.hasPrefix("ACL SETUSER \(account) reset on #") })
    }
    #expect(cache.commands.contains("ACL SETUSER default reset off resetchannels"))
  }

  @Test func `a server without an ACL file gives a note and no failure`() async throws {
    let cache = ScriptedCache(hasFile: false)
    let outcome = try await RedisGrants(manifest: manifest, credentials: credentials, administrator: cache)
      .apply()
    #expect(outcome.notes.count == 1)
    #expect(outcome.notes.first?.contains("a restart loses them") == true)
  }

  @Test func `rights that the server could not save are a failure, and the next apply saves them`()
    async throws
  {
    let failing = ScriptedCache(hasFile: true, savesFile: false)
    let failure = await #expect(throws: AccessError.self) {
      try await RedisGrants(manifest: manifest, credentials: credentials, administrator: failing).apply()
    }
    #expect(failure?.description.contains("a restart takes the change back") == true)
    #expect(failing.commands.contains("ACL SETUSER bulkhead-unsaved reset off resetchannels"))
    #expect(!failing.commands.contains("ACL DELUSER bulkhead-unsaved"))
    // Nothing deviates for this account but what the mark says.
    let focus = try AccessFocus(["cache-admin"], in: manifest)
    let next = ScriptedCache(
      hasFile: true, users: ["user bulkhead-unsaved off sanitize-payload resetchannels -@all"])
    let outcome = try await RedisGrants(
      manifest: manifest, credentials: credentials, administrator: next, focus: focus
    ).apply()
    #expect(outcome.done == [RedisPlanner.save])
    #expect(next.commands.suffix(3) == ["ACL SAVE", "ACL DELUSER bulkhead-unsaved", "ACL SAVE"])
  }

  @Test func `an apply that changes nothing writes no file`() async throws {
    let idle = ScriptedCache(hasFile: true)
    let outcome = try await RedisGrants(
      manifest: manifest, credentials: credentials, administrator: idle,
      focus: try AccessFocus(["connector-rw"], in: manifest)
    ).apply()
    #expect(outcome.done == [])
    #expect(!idle.commands.contains { $0.contains("SAVE") || $0.contains("SETUSER") })
  }

  @Test(arguments: [AccessScope.Mode.strict, .adopting])
  func `an apply to a cache of others says that the server wrote its whole file`(_ mode: AccessScope.Mode)
    async throws
  {
    var manifest = manifest
    manifest.scope.mode = mode
    let outcome = try await RedisGrants(
      manifest: manifest, credentials: credentials, administrator: ScriptedCache(hasFile: true)
    ).apply()
    #expect(outcome.notes.contains { $0.contains("wrote its whole file of users") } == (mode != .strict))
  }

  @Test(arguments: ["usr broken on", "user"])
  func `a line of the server that describes no user is an error`(_ line: String) async throws {
    let grants = RedisGrants(
      manifest: manifest, credentials: credentials, administrator: ScriptedCache(hasFile: true, users: [line])
    )
    let failure = await #expect(throws: AccessError.self) { _ = try await grants.verify() }
    #expect(failure?.description.contains("no user in the line of ACL LIST: \(line)") == true)
  }

  @Test(arguments: ["6.2.7", "6.0.16"])
  func `a release without the needed rules is refused with a clear word, and nothing changes`(
    _ release: String
  ) async throws {
    let cache = ScriptedCache(hasFile: true, release: release)
    let grants = RedisGrants(manifest: manifest, credentials: credentials, administrator: cache)
    let failures = [
      await #expect(throws: AccessError.self) { try await grants.apply() },
      await #expect(throws: AccessError.self) {
        try await RedisBootstrap(manifest: manifest, passwords: [Secret("x")], connection: cache).run()
      },
    ]
    for failure in failures {
      #expect(failure?.description.contains("redis \(release) has no key patterns for reading alone") == true)
    }
    #expect(cache.commands.allSatisfy { $0 == "HELLO" })
  }

  @Test func `a server without CLIENT KILL closes and saves all the same, and says whose sessions go on`()
    async throws
  {
    let cache = ScriptedCache(
      hasFile: true, users: ["user default on nopass ~* +@all", "user connector-cache on nopass ~* +@all"],
      killsSessions: false)
    let outcome = try await RedisGrants(manifest: manifest, credentials: credentials, administrator: cache)
      .apply()
    #expect(cache.commands.contains("ACL SETUSER default reset off resetchannels"))
    #expect(cache.commands.contains { $0.hasPrefix("ACL SETUSER connector-cache reset on #") })
    #expect(cache.commands.last == "ACL SAVE" && outcome.done.last == RedisPlanner.save)
    #expect(!outcome.isComplete && outcome.unmended.map(\.account) == ["connector-cache", "default"])
    #expect(
      outcome.unmended.allSatisfy {
        $0.message.contains("go on, because the server refused CLIENT KILL (ERR")
      })
  }

  @Test func `bootstrap closes and saves without CLIENT KILL too, and then fails with the reason`()
    async throws
  {
    let cache = ScriptedCache(
      hasFile: true, users: ["user cache-admin on nopass +@all"], killsSessions: false)
    let failure = await #expect(throws: AccessError.self) {
      try await RedisBootstrap(manifest: manifest, passwords: [Secret("x")], connection: cache).run()
    }
    #expect(failure?.description.contains("the sessions of cache-admin go on") == true)
    #expect(cache.commands.contains { $0.hasPrefix("ACL SETUSER cache-admin reset on #") })
    #expect(cache.commands.last == "ACL SAVE")
  }

  @Test func `applying an account without a credential fails`() async throws {
    let empty = CredentialStore(directory: folder.file("empty"))
    let grants = RedisGrants(
      manifest: manifest, credentials: empty, administrator: ScriptedCache(hasFile: true))
    await #expect(throws: AccessError.self) { try await grants.apply() }
  }

  @Test func `bootstrap refuses a cache whose administrator has the password of another folder`() async throws
  {
    let name = "cache-admin"
    func answer(_ rules: String) async throws(AccessError) {
      let cache = ScriptedCache(hasFile: true, users: ["user \(name) \(rules) -@all"])
      try await RedisBootstrap.refuseOtherPassword(of: name, than: credentials, cache)
    }
    let others = "#" + String(repeating: "a", count: 64)
    for _ in 0..<2 {
      let failure = await #expect(throws: AccessError.self) { try await answer("on \(others)") }
      #expect(failure?.description.contains("bulkhead bootstrap --replace-passwords") == true)
      // A password beside it in the folder makes no difference.
      try credentials.replace(name, with: Secret("of this folder"))
    }
    let own = "#" + (try RedisGrants.digest(of: name, in: credentials))
    for rules in ["on \(own)", "on \(others) \(own)", "off \(others)", "on nopass", "on"] {
      await #expect(throws: Never.self) { try await answer(rules) }
    }
  }

  @Test(arguments: [["present"], ["other"], ["present", "other"]])
  func `bootstrap takes no password from the administrator while it rotates`(_ onServer: [String])
    async throws
  {
    func digests(_ passwords: [String]) throws -> String {
      try passwords.map { password in
        try credentials.replace(password, with: Secret(password))
        return "#" + (try RedisGrants.digest(of: password, in: credentials))
      }.joined(separator: " ")
    }
    let (present, both) = (try digests(onServer), try digests(["present", "other"]))
    let rights = RedisRules.administrator.joined(separator: " ")
    let cache = ScriptedCache(
      hasFile: true, users: ["user cache-admin on \(present) resetchannels \(rights)"])
    let passwords = [Secret("present"), Secret("other")]
    let bootstrap = RedisBootstrap(manifest: manifest, passwords: passwords, connection: cache)
    #expect(try await bootstrap.run() == [])
    let closed = ScriptedCache(hasFile: true, users: ["user cache-admin off \(present) -@all"])
    _ = try await RedisBootstrap(manifest: manifest, passwords: passwords, connection: closed).run()
    #expect(
      closed.commands.contains {
        $0.hasPrefix("ACL SETUSER cache-admin reset on \(both) ")
      }, "\(closed.commands)")
  }

  @Test func `bootstrap creates the administrator, which may change accounts and use no key`() async throws {
    let cache = ScriptedCache(hasFile: true)
    let done = try await RedisBootstrap(
      manifest: manifest, passwords: [Secret("the administrator's")], connection: cache
    ).run()
    #expect(done.count == 2 && cache.commands.last == "ACL SAVE")
    let made = try #require(cache.commands.first { $0.hasPrefix("ACL SETUSER cache-admin reset on #") })
    #expect(made.hasSuffix("resetchannels -@all +@connection +acl +info +function|list"))
    #expect(!made.contains("~") && !made.contains("the administrator's"))
  }
}
