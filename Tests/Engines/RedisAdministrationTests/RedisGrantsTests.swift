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

  init(hasFile: Bool, savesFile: Bool = true, release: String = "7.0.15") {
    self.release = release
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
    case ["ACL", "LIST"]: return .array([.bytes(Array("user default on nopass ~* +@all".utf8))])
    case ["ACL", "CAT"]: return .array([])
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

  @Test func `rights that the server could not save are a failure, and every apply saves them again`()
    async throws
  {
    let failing = ScriptedCache(hasFile: true, savesFile: false)
    let failure = await #expect(throws: AccessError.self) {
      try await RedisGrants(manifest: manifest, credentials: credentials, administrator: failing).apply()
    }
    #expect(failure?.description.contains("a restart takes the change back") == true)
    // Nothing deviates for this account, and the users are saved all the same.
    let idle = ScriptedCache(hasFile: true)
    let outcome = try await RedisGrants(
      manifest: manifest, credentials: credentials, administrator: idle,
      focus: try AccessFocus(["connector-rw"], in: manifest)
    ).apply()
    #expect(outcome.done == [])
    #expect(idle.commands.last == "ACL SAVE")
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
        try await RedisBootstrap(manifest: manifest, password: Secret("x"), connection: cache).run()
      },
    ]
    for failure in failures {
      #expect(failure?.description.contains("redis \(release) has no key patterns for reading alone") == true)
    }
    #expect(cache.commands.allSatisfy { $0 == "HELLO" })
  }

  @Test func `applying an account without a credential fails`() async throws {
    let empty = CredentialStore(directory: folder.file("empty"))
    let grants = RedisGrants(
      manifest: manifest, credentials: empty, administrator: ScriptedCache(hasFile: true))
    await #expect(throws: AccessError.self) { try await grants.apply() }
  }

  @Test func `bootstrap creates the administrator, which may change accounts and use no key`() async throws {
    let cache = ScriptedCache(hasFile: true)
    let done = try await RedisBootstrap(
      manifest: manifest, password: Secret("the administrator's"), connection: cache
    ).run()
    #expect(done.count == 1)
    let made = try #require(cache.commands.first { $0.hasPrefix("ACL SETUSER cache-admin reset on #") })
    #expect(made.hasSuffix("resetchannels -@all +@connection +acl +info +function|list"))
    #expect(!made.contains("~") && !made.contains("the administrator's"))
  }
}
