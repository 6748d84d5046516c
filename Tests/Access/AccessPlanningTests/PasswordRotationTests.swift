import Foundation
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import AccessPlanning

/// The rotation of passwords, on an engine that can fail at every call.
struct PasswordRotationTests {
  private static let accounts = ["a-rw", "b-rw"]
  private static let mostCalls = 200

  private let folder: TemporaryFolder
  private let store: CredentialStore
  private let waits = WaitRecord()

  init() throws {
    folder = try TemporaryFolder()
    store = CredentialStore(directory: folder.file("credentials"))
    _ = try store.createMissing(for: Self.accounts)
  }

  /// A clock that only waits move.
  private final class WaitRecord: Sendable {
    let seconds = Mutex<Int64>(1_000)
    let lines = Mutex<[String]>([])
  }

  private func engine(keepsTwo: Bool) throws -> EngineWithPasswords {
    var accepted: [String: [Secret]] = [:]
    for account in Self.accounts { accepted[account] = [try store.password(of: account)] }
    return EngineWithPasswords(keepsTwo: keepsTwo, accepted: accepted)
  }

  private func rotation(
    on engine: EngineWithPasswords, deliverySeconds: Int = 0, drainSeconds: Int = 0
  ) -> PasswordRotation {
    let waits = waits
    return PasswordRotation(
      engine, store: store,
      limits: PasswordRotation.Limits(deliverySeconds: deliverySeconds, drainSeconds: drainSeconds),
      time: PasswordRotation.Time(
        seconds: { waits.seconds.withLock { $0 } },
        sleep: { milliseconds in waits.seconds.withLock { $0 += Int64(max(1, milliseconds / 1_000)) } }),
      progress: { line in waits.lines.withLock { $0.append(line) } })
  }

  @Test(arguments: [false, true])
  func `every password is replaced, and the engine accepts the new one alone`(keepsTwo: Bool) async throws {
    let engine = try engine(keepsTwo: keepsTwo)
    let before = engine.state.withLock { $0.accepted }
    #expect(try await rotation(on: engine).run(Self.accounts, .toTheEnd).isEmpty)
    for account in Self.accounts {
      let content = try store.content(of: account)
      #expect(content.other == nil && [content.current] != before[account])
      #expect(engine.state.withLock { $0.accepted[account] } == [content.current])
    }
  }

  @Test func `the engine gets the next password also where it accepts it, beside another one`() async throws {
    let engine = try engine(keepsTwo: false)
    _ = try await rotation(on: engine).run(Self.accounts, .oneStep)
    // A program reads the next password, and sets it in one of the places where the engine checks it.
    for account in Self.accounts {
      let passwords = try store.content(of: account).passwords
      engine.state.withLock { $0.accepted[account] = passwords }
    }
    #expect(try await rotation(on: engine).run(Self.accounts, .toTheEnd) == [])
    for account in Self.accounts {
      let current = try store.content(of: account).current
      #expect(engine.state.withLock { $0.accepted[account] } == [current])
    }
  }

  @Test(arguments: [false, true], [false, true])
  func `an interruption at any call keeps every account usable, and the next run completes it`(
    keepsTwo: Bool, isAfter: Bool
  ) async throws {
    var completed = false
    var call = 0
    while !completed {
      call += 1
      try #require(call < Self.mostCalls)
      let engine = try engine(keepsTwo: keepsTwo)
      let before = engine.state.withLock { $0.accepted }
      engine.state.withLock { $0.interruption = (call, isAfter) }
      completed = (try? await rotation(on: engine).run(Self.accounts, .toTheEnd)) != nil
      // A program that reads the file now has a password that the engine accepts.
      for account in Self.accounts {
        let accepted = engine.state.withLock { $0.accepted[account] ?? [] }
        let passwords = try store.content(of: account).passwords
        #expect(!Set(passwords).isDisjoint(with: accepted), "call \(call)")
      }
      engine.state.withLock { $0.interruption = nil }
      if !completed { _ = try await rotation(on: engine).run(Self.accounts, .toTheEnd) }
      for account in Self.accounts {
        let content = try store.content(of: account)
        let accepted = engine.state.withLock { $0.accepted[account] }
        #expect(content.other == nil && accepted == [content.current], "call \(call)")
        #expect(accepted != before[account], "call \(call)")
      }
    }
  }

  @Test(arguments: [false, true])
  func `an engine that restarts after a kill has a password of the file, and the next run completes it`(
    isAfter: Bool
  ) async throws {
    var completed = false
    var call = 0
    while !completed {
      call += 1
      try #require(call < Self.mostCalls)
      let engine = try engine(keepsTwo: true)
      engine.state.withLock { $0.interruption = (call, isAfter) }
      completed = (try? await rotation(on: engine).run(Self.accounts, .toTheEnd)) != nil
      engine.state.withLock { $0.interruption = nil }
      engine.restart()
      for account in Self.accounts {
        let accepted = engine.state.withLock { $0.accepted[account] ?? [] }
        let content = try store.content(of: account)
        #expect(!Set(content.passwords).isDisjoint(with: accepted), "call \(call)")
        if content.other == nil { #expect(accepted.contains(content.current), "call \(call)") }
      }
      _ = try await rotation(on: engine).run(Self.accounts, .toTheEnd)
      engine.restart()
      for account in Self.accounts {
        let current = try store.content(of: account).current
        #expect(engine.state.withLock { $0.accepted[account] } == [current], "call \(call)")
      }
    }
  }

  @Test func `the engine changes only after the delivery, which an interruption does not begin anew`()
    async throws
  {
    let engine = try engine(keepsTwo: false)
    _ = try await rotation(on: engine, deliverySeconds: 90).run(["a-rw"], .oneStep)
    waits.seconds.withLock { $0 += 60 }
    let begin = waits.seconds.withLock { $0 }
    _ = try await rotation(on: engine, deliverySeconds: 90).run(["a-rw"], .oneStep)
    #expect(waits.seconds.withLock { $0 } - begin == 30)
  }

  @Test func `a file from a machine whose clock was ahead delays the change by one delivery at most`()
    async throws
  {
    let engine = try engine(keepsTwo: false)
    waits.seconds.withLock { $0 += 86_400 }
    _ = try await rotation(on: engine, deliverySeconds: 90).run(["a-rw"], .oneStep)
    waits.seconds.withLock { $0 -= 86_400 }
    let begin = waits.seconds.withLock { $0 }
    _ = try await rotation(on: engine, deliverySeconds: 90).run(["a-rw"], .oneStep)
    #expect(waits.seconds.withLock { $0 } - begin == 90)
  }

  @Test func `sessions of the former password are ended after the limit, and not before`() async throws {
    let engine = try engine(keepsTwo: false)
    engine.state.withLock { $0.oldSessions = 3 }
    let begin = waits.seconds.withLock { $0 }
    _ = try await rotation(on: engine, deliverySeconds: 10, drainSeconds: 20).run(["a-rw"], .toTheEnd)
    #expect(waits.seconds.withLock { $0 } - begin >= 40)
    #expect(engine.state.withLock { $0.ended } == 3)
  }

  @Test func `no session of the former password begins after the moment by which sessions are found`()
    async throws
  {
    let engine = try engine(keepsTwo: false)
    let former = try store.password(of: "a-rw")
    _ = try await rotation(on: engine).run(["a-rw"], .toTheEnd)
    let moments = engine.state.withLock { $0.acceptedAtMoments }
    #expect(moments.count == 1)
    #expect(moments.allSatisfy { $0["a-rw"]?.contains(former) == false })
  }

  @Test func `one step at a time ends after three`() async throws {
    let engine = try engine(keepsTwo: false)
    for expected in [Self.accounts, Self.accounts, []] {
      #expect(try await rotation(on: engine).run(Self.accounts, .oneStep) == expected)
    }
  }

  @Test func `an engine that rejects the present password, or checks none, begins no rotation`() async throws
  {
    let engine = try engine(keepsTwo: false)
    engine.state.withLock { $0.accepted = [:] }
    await #expect(throws: AccessError.self) { try await rotation(on: engine).run(["a-rw"], .toTheEnd) }
    let trusting = TrustingEngine()
    let fooled = PasswordRotation(
      trusting, store: store, limits: .init(deliverySeconds: 0, drainSeconds: 0),
      time: .init(seconds: { 0 }, sleep: { _ in }), progress: { _ in })
    await #expect(throws: AccessError.self) { try await fooled.run(["a-rw"], .toTheEnd) }
    #expect(try store.content(of: "a-rw").other == nil)
  }

  @Test(arguments: [false, true])
  func `an engine that checks no password now promotes none and blames no account`(keepsTwo: Bool)
    async throws
  {
    for completed in 0...2 {
      let engine = try engine(keepsTwo: keepsTwo)
      for _ in 0..<completed { _ = try await rotation(on: engine).run(["a-rw"], .oneStep) }
      let before = try store.content(of: "a-rw")
      engine.state.withLock { $0.fullness = "too many connections" }
      let error = await #expect(throws: AccessError.self) {
        try await rotation(on: engine).run(["a-rw"], .oneStep)
      }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.contains("starts no session of a-rw: too many connections"), "\(text)")
      #expect(try store.content(of: "a-rw") == before, "after \(completed) steps")
      engine.state.withLock { $0.fullness = nil }
      #expect(try await rotation(on: engine).run(["a-rw"], .toTheEnd).isEmpty)
      let accepted = engine.state.withLock { $0.accepted["a-rw"] }
      #expect(try store.content(of: "a-rw").passwords == accepted)
    }
  }

  @Test func `a rotation that could not end does not begin, and one that has begun is completed`()
    async throws
  {
    let engine = try engine(keepsTwo: false)
    _ = try await rotation(on: engine).run(["a-rw"], .oneStep)
    engine.state.withLock { $0.obstacle = "two nodes are not listed" }
    let before = try store.password(of: "b-rw")
    let error = await #expect(throws: AccessError.self) {
      try await rotation(on: engine).run(Self.accounts, .toTheEnd)
    }
    #expect(
      error.map { "\($0)" }
        == "1 of 2 accounts did not rotate: b-rw: two nodes are not listed. Nothing was changed")
    #expect(try store.content(of: "a-rw").other == nil)
    let after = try store.content(of: "b-rw")
    #expect(after.current == before && after.other == nil)
    #expect(engine.state.withLock { $0.accepted["b-rw"] } == [before])
  }

  @Test func `an account that changed its own password keeps no other from rotating, and is named`()
    async throws
  {
    let engine = try engine(keepsTwo: false)
    engine.state.withLock { $0.accepted["a-rw"] = [Secret("its own")] }
    let before = try store.password(of: "b-rw").reveal()
    let error = await #expect(throws: AccessError.self) {
      try await rotation(on: engine).run(Self.accounts, .toTheEnd)
    }
    #expect(error.map { "\($0)" }?.hasPrefix("1 of 2 accounts did not rotate: a-rw: ") == true)
    let after = try store.content(of: "b-rw")
    #expect(after.current.reveal() != before && after.other == nil)
    #expect(engine.state.withLock { $0.accepted["b-rw"] } == [after.current])
  }

  @Test func `an account that sets its former password back is named as that, and blocks no later rotation`()
    async throws
  {
    let engine = try engine(keepsTwo: false)
    let former = try store.password(of: "a-rw")
    _ = try await rotation(on: engine).run(["a-rw"], .oneStep)
    _ = try await rotation(on: engine).run(["a-rw"], .oneStep)
    engine.state.withLock { $0.accepted["a-rw"] = [former] }
    let before = try store.password(of: "b-rw").reveal()
    let error = await #expect(throws: AccessError.self) {
      try await rotation(on: engine).run(Self.accounts, .toTheEnd)
    }
    #expect(error.map { "\($0)" }?.contains("accepts the former password of a-rw again") == true)
    #expect(try store.password(of: "b-rw").reveal() != before)
  }

  @Test func `a rotation of all completes an interrupted one, and then rotates the others`() async throws {
    let engine = try engine(keepsTwo: false)
    for _ in 0..<2 { _ = try await rotation(on: engine).run(["a-rw"], .oneStep) }
    let before = try store.password(of: "b-rw").reveal()
    #expect(try await rotation(on: engine).run(Self.accounts, .oneStep) == ["b-rw"])
    #expect(try store.password(of: "b-rw").reveal() == before)
    for _ in 0..<2 { _ = try await rotation(on: engine).run(["a-rw"], .oneStep) }
    #expect(try await rotation(on: engine).run(Self.accounts, .toTheEnd).isEmpty)
    #expect(try store.password(of: "b-rw").reveal() != before)
  }

  @Test func `the drafts of killed calls are removed, and young ones and other files stay`() throws {
    let names = [".AAAAAAAAAAAAAAAA", ".young-draft-0000", ".rotation-of-mine-2", "b-rw"]
    for name in names {
      let path = folder.file("credentials/\(name)")
      if name != "b-rw" { #expect(FileManager.default.createFile(atPath: path, contents: nil)) }
    }
    #expect(CredentialStore.isDraft(names[0]) && CredentialStore.isDraft(names[1]))
    #expect(!CredentialStore.isDraft(names[2]) && !CredentialStore.isDraft(names[3]))
    _ = try store.lockForRotation()
    #expect(names.allSatisfy { FileManager.default.fileExists(atPath: folder.file("credentials/\($0)")) })
  }

  /// Accepts every password.
  private struct TrustingEngine: AccountPasswords {
    var name: String { "Engine" }
    var keepsTwo: Bool { false }
    func set(_ passwords: [Secret], of account: String) async throws(AccessError) {}
    func response(to password: Secret, of account: String) async throws(AccessError) -> CredentialState {
      .accepted
    }
    func moment() async throws(AccessError) -> Int64 { 0 }
    func sessions(of account: String, before moment: Int64) async throws(AccessError) -> Int { 0 }
    func endSessions(of account: String, before moment: Int64) async throws(AccessError) {}
    func save() async throws(AccessError) -> String? { nil }
  }
}
