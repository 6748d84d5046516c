import AccessPlanning
import Cache
import DatabaseTestSupport
import Foundation
import Secrets
import TestSupport
import Testing

/// Many changes of the cache by hand on one server; the plan, or the change's own commands, revert each.
@Suite(.serialized, .ownServers) struct CacheChangeTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test(arguments: CacheChange.all)
  func `a change of the cache by hand is named, found by the proof, and mended`(_ change: CacheChange)
    async throws
  {
    try await change.expectNamedFoundAndMended(in: fleet)
  }

  @Test(arguments: ["nopass", ">guessed", "+info"], [false, true])
  func `the sessions of a login that is closed end, also after a run that was killed`(
    _ rule: String, _ isKilled: Bool
  ) async throws {
    let account = "connector-cache"
    let known = try fleet.credentials.password(of: account)
    try await fleet.asCacheAdministrator("ACL SETUSER \(account) \(rule)")
    let session = try await fleet.cacheSession(
      as: account, password: rule == "+info" ? known : Secret("guessed"))
    let number = try await session.command(["CLIENT", "ID"])
    if isKilled {
      // What an apply does first.
      let mark = String(repeating: "0", count: 64)
      try await fleet.asCacheAdministrator("ACL SETUSER \(account) resetpass #\(mark)")
      #expect(try await session.command(["CLIENT", "ID"]) == number)
    }
    _ = try await fleet.access.apply()
    // The connection may have logged in anew, with the account's own password.
    let later = try? await session.command(["CLIENT", "ID"])
    #expect(later != number)
    await session.close()
    #expect(try await fleet.deviations().map(\.message) == [])
    let next = try await fleet.cacheSession(as: account, password: known)
    _ = try await next.command(["PING"])
    await next.close()
  }

  @Test func `a further password of the administrator is closed with the sessions that it began`()
    async throws
  {
    try await fleet.asCacheAdministrator("ACL SETUSER cache-admin >guessed")
    let session = try await fleet.cacheSession(as: "cache-admin", password: Secret("guessed"))
    _ = try await session.command(["PING"])
    _ = try await fleet.access.apply()
    await #expect(throws: CacheError.self) { _ = try await session.command(["PING"]) }
    await session.close()
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `a line that others wrote into the file of the users stays where nothing changes`() async throws
  {
    let theirs = "user theirs off resetchannels -@all\n"
    // The file may have names that are no text.
    let file = URL(filePath: fleet.redis.usersFile)
    try (Data(contentsOf: file) + Data(theirs.utf8)).write(to: file)
    #expect(try await fleet.access.apply().flatMap(\.value.done) == [])
    #expect(try Data(contentsOf: file).suffix(theirs.utf8.count) == Data(theirs.utf8))
    // What a run leaves that is killed before it saves.
    try await fleet.asCacheAdministrator("ACL SETUSER bulkhead-unsaved off")
    #expect(try await fleet.deviations().map(\.privilege) == ["ACL SAVE"])
    #expect(try await fleet.access.apply().flatMap { $0.value.done.map(\.text) } == ["ACL SAVE"])
    #expect(try await fleet.deviations() == [])
    #expect(try Data(contentsOf: file).firstRange(of: Data("theirs".utf8)) == nil)
  }

  @Test func `a server that is a replica is a deviation, until the manifest accepts runs at replicas`()
    async throws
  {
    try await fleet.asCacheAdministrator("REPLICAOF 127.0.0.1 1")
    let found = try await fleet.cacheDeviations()
    #expect(
      found.map(\.privilege) == ["role"] && found[0].message.contains("a replica of 127.0.0.1:1"), "\(found)")
    #expect(try await fleet.cacheAccess.apply().allSatisfy { !$0.value.isComplete })
    var accepting = fleet.manifest
    accepting.scope.accepts["cache replica"] = "each server has the accounts"
    #expect(try await fleet.cacheAccess(accepting).verify().flatMap(\.value) == [])
    try await fleet.asCacheAdministrator("REPLICAOF NO ONE")
    #expect(try await fleet.cacheDeviations() == [])
  }

  @Test func `an administrator that may not list functions is a note that names the bootstrap`()
    async throws
  {
    try await fleet.asCacheAdministrator("ACL SETUSER cache-admin -function|list")
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.notes().map(\.message).contains { $0.contains("run `bulkhead bootstrap`") })
    try await fleet.asCacheAdministrator("ACL SETUSER cache-admin +function|list")
  }
}

extension CacheChange {
  /// Makes the change, and expects that `verify` names it, that the proof finds it, and that the plan, or the change's own
  /// commands, revert it.
  func expectNamedFoundAndMended(in fleet: ServerFleet) async throws {
    for command in commands { try await execute(command, in: fleet) }
    let found = try await fleet.cacheDeviations()
    #expect(found.contains(where: names), "\(found)")
    #expect(try await fleet.cacheAccess.plan().contains { !$0.value.isEmpty } == !found.isEmpty)
    let violations = try await fleet.cacheProof().violations.map(\.description)
    #expect(!violations.isEmpty)
    _ = try await fleet.cacheAccess.apply()
    if !cleanup.isEmpty { #expect(try await fleet.cacheDeviations().contains(where: names)) }
    for command in cleanup { try await execute(command, in: fleet) }
    #expect(try await fleet.cacheDeviations().map(\.message) == [])
  }

  /// A no-break space stands for a space inside one argument.
  private func execute(_ command: String, in fleet: ServerFleet) async throws {
    guard command.hasPrefix("FUNCTION") else { return try await fleet.asCacheAdministrator(command) }
    let words = command.split(separator: " ").map { String($0).replacing("\u{A0}", with: " ") }
    _ = try await fleet.cacheAdministrator.command(words)
  }

  private func names(_ deviation: Deviation) -> Bool {
    deviation.account == account && deviation.privilege == privilege
  }
}
