import EventLoop
import Glibc
import TestSupport
import Testing

@Suite("Descriptors") struct DescriptorTests {
  @Test(arguments: PollerKind.allCases)
  func `unread bytes are reported again`(_ kind: PollerKind) async throws {
    let pair = try Pair()
    let texts = Record<String>()
    try await withLoop(kind) { loop in
      try await register(pair.near, on: loop) { _ in texts.appendText(of: pair.near, limit: 1) }
      pair.send("abc")
      #expect(await eventually { texts.all == ["a", "b", "c"] })
      await release(pair.near, on: loop)
    }
    close(pair.far)
  }

  @Test(arguments: PollerKind.allCases)
  func `a descriptor is reported only for the events in its interest`(_ kind: PollerKind) async throws {
    let pair = try Pair()
    let seen = Record<Readiness>()
    try await withLoop(kind) { loop in
      try await register(pair.near, for: .writable, on: loop) { readiness in
        seen.append(readiness)
        loop.update(pair.near, for: [])
      }
      pair.send("x")
      #expect(await eventually { seen.count > 0 })
      try await roundTrip(of: loop)
      #expect(seen.all == [.writable])
      await release(pair.near, on: loop)
    }
    close(pair.far)
  }

  @Test(arguments: PollerKind.allCases)
  func `an empty interest reports nothing until it is widened`(_ kind: PollerKind) async throws {
    let pair = try Pair()
    let texts = Record<String>()
    try await withLoop(kind) { loop in
      try await register(pair.near, for: [], on: loop) { _ in texts.appendText(of: pair.near) }
      pair.send("late")
      try await roundTrip(of: loop)
      #expect(texts.all.isEmpty)
      await onLoop(loop) { loop.update(pair.near, for: .readable) }
      #expect(await eventually { texts.all == ["late"] })
      await release(pair.near, on: loop)
    }
    close(pair.far)
  }

  @Test(arguments: PollerKind.allCases)
  func `the end of the stream is reported as readable`(_ kind: PollerKind) async throws {
    let pair = try Pair()
    let texts = Record<String>()
    try await withLoop(kind) { loop in
      try await register(pair.near, on: loop) { _ in
        texts.append(readText(pair.near))
        loop.update(pair.near, for: [])
      }
      close(pair.far)
      #expect(await eventually { texts.all == [""] || texts.count > 1 })
      await release(pair.near, on: loop)
    }
  }

  @Test(arguments: PollerKind.allCases)
  func `a pending event is dropped once its descriptor is deregistered`(
    _ kind: PollerKind
  ) async throws {
    let pairs = [try Pair(), try Pair()]
    let calls = Record<Int>()
    try await withLoop(kind) { loop in
      let isReady = Record<Bool>()
      loop.execute {
        for (index, pair) in pairs.enumerated() {
          let handler = ClosureHandler { _ in
            calls.append(index)
            for pair in pairs { loop.deregister(pair.near) { close(pair.near) } }
          }
          try? loop.register(pair.near, for: .readable, handler: handler)
        }
        for pair in pairs { pair.send("x") }
        // Both events are ready before the loop polls again.
        usleep(20_000)
        isReady.append(true)
      }
      #expect(await eventually { calls.count > 0 })
      try await roundTrip(of: loop)
      #expect(calls.count == 1)
      #expect(await onLoop(loop) { loop.registrationCount } == 0)
    }
    for pair in pairs { close(pair.far) }
  }

  @Test(arguments: PollerKind.allCases)
  func `an event already fetched is dropped once its interest is removed`(
    _ kind: PollerKind
  ) async throws {
    let pairs = [try Pair(), try Pair()]
    let calls = Record<Int>()
    try await withLoop(kind) { loop in
      loop.execute {
        for (index, pair) in pairs.enumerated() {
          let handler = ClosureHandler { _ in
            calls.append(index)
            for pair in pairs { loop.update(pair.near, for: []) }
          }
          try? loop.register(pair.near, for: .readable, handler: handler)
          pair.send("x")
        }
        // Both events are ready before the loop looks again.
        usleep(20_000)
      }
      #expect(await eventually { calls.count > 0 })
      try await roundTrip(of: loop)
      #expect(calls.count == 1)
      for pair in pairs { await release(pair.near, on: loop) }
    }
    for pair in pairs { close(pair.far) }
  }

  @Test func `an event already fetched does not reach the next descriptor of the same number`() async throws {
    let pairs = [try Pair(), try Pair()]
    let next = try Pair()
    let calls = Record<String>()
    try await withLoop(.epoll) { loop in
      loop.execute {
        for (index, pair) in pairs.enumerated() {
          let other = pairs[1 - index].near
          let handler = ClosureHandler { _ in
            calls.append("first")
            for pair in pairs { loop.deregister(pair.near) {} }
            // The other descriptor's event was fetched already. Its number now belongs to a socket without bytes.
            dup2(next.near, other)
            try? loop.register(other, for: .readable, handler: ClosureHandler { _ in calls.append("next") })
          }
          try? loop.register(pair.near, for: .readable, handler: handler)
          pair.send("x")
        }
      }
      #expect(await eventually { calls.count > 0 })
      try await roundTrip(of: loop)
      #expect(calls.all == ["first"])
    }
    for pair in pairs + [next] {
      close(pair.near)
      close(pair.far)
    }
  }

  @Test(arguments: PollerKind.allCases)
  func `a reused descriptor number reports to its new handler`(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      for round in 0..<50 {
        let pair = try Pair()
        let texts = Record<String>()
        try await register(pair.near, on: loop) { _ in texts.appendText(of: pair.near) }
        pair.send("\(round)")
        #expect(await eventually { texts.all == ["\(round)"] })
        await release(pair.near, on: loop)
        close(pair.far)
      }
    }
  }

  @Test(arguments: PollerKind.allCases)
  func `a second registration of a descriptor is refused`(_ kind: PollerKind) async throws {
    let pair = try Pair()
    try await withLoop(kind) { loop in
      try await register(pair.near, on: loop) { _ in }
      let error = await #expect(throws: LoopError.self) { try await register(pair.near, on: loop) { _ in } }
      #expect(error?.errorNumber == EEXIST)
      await release(pair.near, on: loop)
    }
    close(pair.far)
  }

  @Test func `a descriptor that cannot be polled is refused with the system's error`() async throws {
    try await withLoop { loop in
      let file = open("/proc/self/status", O_RDONLY)
      defer { close(file) }
      let error = await #expect(throws: LoopError.self) { try await register(file, on: loop) { _ in } }
      #expect(error?.errorNumber == EPERM)
      #expect(await onLoop(loop) { loop.registrationCount } == 0)
    }
  }

  @Test func `a closed peer is reported even to a registration with an empty interest`() async throws {
    let pair = try Pair()
    let seen = Record<Readiness>()
    try await withLoop { loop in
      try await register(pair.near, for: [], on: loop) { readiness in
        seen.append(readiness)
        loop.deregister(pair.near) { close(pair.near) }
      }
      close(pair.far)
      #expect(await eventually { seen.all == [.hungUp] })
    }
  }
}

private func register(
  _ descriptor: Int32, for interest: Interest = .readable, on loop: EventLoop,
  _ body: @escaping @Sendable (Readiness) -> Void
) async throws {
  let result = await onLoop(loop) {
    Result { try loop.register(descriptor, for: interest, handler: ClosureHandler(body)) }
  }
  try result.get()
}

/// Waits until the loop has reported two new events, one after the other. All earlier events have then been reported.
private func roundTrip(of loop: EventLoop) async throws {
  for _ in 0..<2 {
    let pair = try Pair()
    let texts = Record<String>()
    pair.send("x")
    try await register(pair.near, on: loop) { _ in texts.appendText(of: pair.near) }
    #expect(await eventually { texts.all == ["x"] })
    await release(pair.near, on: loop)
    close(pair.far)
  }
}

private func release(_ descriptor: Int32, on loop: EventLoop) async {
  await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
    loop.execute {
      loop.deregister(descriptor) {
        close(descriptor)
        continuation.resume()
      }
    }
  }
}

extension Record<String> {
  /// Reads and records a text. An outdated event without bytes records nothing.
  fileprivate func appendText(of descriptor: Int32, limit: Int = 4096) {
    let text = readText(descriptor, limit: limit)
    if !text.isEmpty { append(text) }
  }
}
