import TestSupport
import Testing

@testable import Cache
@testable import RedisDriver

@Suite("Queue of commands that wait for replies")
struct PipelineQueueTests {
  private final class Ledger {
    var results: [Int: [String]] = [:]

    func completion(_ id: Int) -> PipelineQueue.Completion {
      { result in
        switch result {
        case .success(let value): self.results[id, default: []].append(value.text ?? "")
        case .failure(let error): self.results[id, default: []].append("\(error)")
        }
      }
    }
  }

  private let ledger = Ledger()
  private var queue = PipelineQueue(
    limits: RedisLimits(commandsInFlight: 4),
    timeouts: RedisTimeouts(commandMilliseconds: 100, stallMilliseconds: 1000))

  private mutating func send(_ id: Int, at now: Int64) {
    queue.append([Array("\(id)".utf8)], now: now, completion: ledger.completion(id))
  }

  private mutating func reply(_ text: String) -> [[UInt8]]? {
    guard let (arguments, completion) = queue.takeFirst() else { return nil }
    completion?(.success(.status(text)))
    return arguments
  }

  @Test mutating func `replies go to the commands in their order`() {
    for id in 1...3 { send(id, at: 0) }
    #expect(reply("a") == [Array("1".utf8)])
    #expect(reply("b") == [Array("2".utf8)])
    #expect(reply("c") == [Array("3".utf8)])
    #expect(reply("d") == nil)
    #expect(ledger.results == [1: ["a"], 2: ["b"], 3: ["c"]])
  }

  @Test mutating func `a caller past its deadline gets one error, and its late reply is dropped`() {
    send(1, at: 0)
    send(2, at: 50)
    for completion in queue.takeExpired(now: 100) { completion(.failure(.deadlineExceeded)) }
    #expect(queue.takeExpired(now: 149).isEmpty)
    _ = reply("late")
    _ = reply("in time")
    #expect(ledger.results == [1: ["\(CacheError.deadlineExceeded)"], 2: ["in time"]])
  }

  @Test mutating func `on a loss every caller gets exactly one result, even one past its deadline`() {
    for id in 1...4 { send(id, at: Int64(id)) }
    for completion in queue.takeExpired(now: 102) { completion(.failure(.deadlineExceeded)) }
    for completion in queue.takeAll() { completion(.failure(.closed)) }
    #expect(queue.takeAll().isEmpty)
    #expect(ledger.results.values.allSatisfy { $0.count == 1 })
    #expect(ledger.results[2] == ["\(CacheError.deadlineExceeded)"])
    #expect(ledger.results[3] == ["\(CacheError.closed)"])
  }

  @Test mutating func `commands past their deadline still count toward the limit`() {
    for id in 1...4 { send(id, at: 0) }
    _ = queue.takeExpired(now: 100)
    #expect(queue.isFull)
    _ = reply("late")
    #expect(!queue.isFull)
  }

  @Test mutating func `the next check is due at the next deadline, and then at the stall`() {
    #expect(queue.nextCheckMilliseconds == nil)
    send(1, at: 0)
    send(2, at: 30)
    #expect(queue.nextCheckMilliseconds == 100)
    _ = queue.takeExpired(now: 100)
    #expect(queue.nextCheckMilliseconds == 130)
    _ = queue.takeExpired(now: 130)
    #expect(queue.nextCheckMilliseconds == 1000)
    #expect(!queue.isStalled(now: 999))
    #expect(queue.isStalled(now: 1000))
    _ = reply("late")
    #expect(!queue.isStalled(now: 1000))
    #expect(queue.nextCheckMilliseconds == 1030)
  }

  @Test mutating func `order and counts are right after any sequence of events`() {
    var random = SplitMix64(seed: 7)
    queue = PipelineQueue(
      limits: RedisLimits(commandsInFlight: 500),
      timeouts: RedisTimeouts(commandMilliseconds: 20, stallMilliseconds: 1000))
    var (sent, replied, now) = (0, 0, Int64(0))
    for _ in 0..<20_000 {
      now += Int64.random(in: 0...2, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0...2 where !queue.isFull:
        sent += 1
        send(sent, at: now)
      case 3:
        for completion in queue.takeExpired(now: now) { completion(.failure(.deadlineExceeded)) }
      default:
        if reply("\(replied + 1)") != nil { replied += 1 }
      }
      #expect(queue.count == sent - replied)
    }
    for completion in queue.takeAll() { completion(.failure(.closed)) }
    #expect(ledger.results.count == sent)
    let late = "\(CacheError.deadlineExceeded)"
    for (id, results) in ledger.results {
      #expect(results == ["\(id)"] || results == [late] || results == ["\(CacheError.closed)"])
    }
  }
}
