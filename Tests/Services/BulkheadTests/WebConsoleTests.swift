import AccessManifest
import AccessProof
import Foundation
import Synchronization
import Testing

@testable import bulkhead

/// The parts of the console that need no engine.
@Suite struct WebConsoleTests {
  @Test func `pages share one running check, and its result during the pause`() async {
    let work = CountedWork()
    let check = SharedCheck(pause: .seconds(3600)) { await work.run() }
    async let first = check.latest()
    async let second = check.latest()
    await work.release()
    #expect(await [first.value, second.value] == [1, 1])
    #expect(await check.latest().value == 1)
    #expect(await work.count == 1)
  }

  @Test func `a check runs again after its pause, and after a change`() async {
    let work = CountedWork()
    await work.release()
    let unpaused = SharedCheck(pause: .zero) { await work.run() }
    #expect(await unpaused.latest().value == 1)
    let paused = SharedCheck(pause: .seconds(3600)) { await work.run() }
    #expect(await paused.latest().value == 2)
    await paused.forget()
    #expect(await paused.latest().value == 3)
  }

  @Test func `of two pieces of work that take turns the second is refused and not queued`() async throws {
    let turn = Turn()
    let inner = try await turn.run { try await turn.run { 1 } == nil }
    #expect(inner == true)
    #expect(try await turn.run { 2 } == 2)
  }

  @Test func `work that fails gives its turn back`() async throws {
    struct Failure: Error {}
    let turn = Turn()
    await #expect(throws: Failure.self) { try await turn.run { throw Failure() } as Int? }
    #expect(try await turn.run { 2 } == 2)
  }

  @Test func `metrics are summed over loops, and grouped by a label`() {
    let metrics = Exposition(
      """
      # TYPE database_connections_open gauge
      database_connections_open{loop="loop-0"} 2
      database_connections_open{loop="loop-1"} 3
      database_statements_total{operation="select users",code="ok"} 40
      database_statements_total{operation="insert users",code="ok"} 2
      database_statements_total{operation="select users",code="42501"} 1
      hostile 1e300
      hostile NaN
      no value
      """)
    #expect(metrics.sum("database_connections_open") == 5)
    #expect(metrics.sum("database_connections") == nil)
    #expect(metrics.sums("database_statements_total", by: "code") == ["ok": 42, "42501": 1])
    #expect(metrics.sum("hostile") == nil)
  }

  @Test func `a cell has words for those who hear the page`() {
    var cell = MatrixCell()
    #expect(cell.words == "nothing")
    cell.reach = [.select: .all, .insert: .someColumns]
    cell.scoped = [.select]
    cell.isViolated = true
    #expect(cell.words == "select on its own rows, insert on some columns; differs from the manifest")
  }

  @Test func `the page loads nothing from another host and has no inline code`() throws {
    let page = String(decoding: PackageResources.index_html, as: UTF8.self)
    #expect(!page.contains("//") && !page.contains("style="))
    #expect(page.firstMatch(of: /\son[a-z]+=/) == nil)
    let scripts = [
      PackageResources.console_js, PackageResources.elements_js, PackageResources.requests_js,
      PackageResources.fleet_js, PackageResources.drift_js, PackageResources.matrix_js,
      PackageResources.attempt_js, PackageResources.rights_js,
    ].map { String(decoding: $0, as: UTF8.self) }
    for script in scripts {
      #expect(!script.contains("innerHTML") && !script.contains("eval(") && !script.contains("http"))
    }
  }

  /// Work that waits until it is released, and counts its runs.
  private actor CountedWork {
    private(set) var count = 0
    private var isReleased = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func run() async -> Int {
      count += 1
      let own = count
      if !isReleased { await withCheckedContinuation { waiting.append($0) } }
      return own
    }

    func release() {
      isReleased = true
      for continuation in waiting { continuation.resume() }
      waiting = []
    }
  }
}
