import DataAccess
import DatabaseTestSupport
import Schema
import Service
import TestSupport
import Testing

/// Moments that processes compare are those of one clock, the database server's.
@Suite struct DatabaseClockTests {
  private static let days: Int64 = 4 * 86_400

  @Test(arguments: TestEngine.drivers)
  func `the clock of a machine that is days ahead or behind changes no moment`(engine: TestEngine)
    async throws
  {
    try await TestDatabase.with(engine) { test in
      try await test.withPool(.patient(2)) { database in
        for days in [Self.days, -Self.days] {
          let clock = DatabaseClock(machineTime: { Timestamp.now().adding(seconds: days) })
          #expect(abs(Self.seconds(from: .now(), to: clock.now()) - days) <= 1)
          await clock.begin(database)
          // The servers of the tests run on this machine.
          #expect(abs(Self.seconds(from: .now(), to: clock.now())) <= 1)
          #expect(abs(clock.secondsAhead - days) <= 1)
        }
      }
    }
  }

  @Test func `the time goes on between two readings, and a reading that took long changes nothing`()
    async throws
  {
    try await TestDatabase.with(.sqlite) { test in
      try await test.withPool(.patient(2)) { database in
        let monotonic = SteppingClock()
        let clock = DatabaseClock(nanoseconds: { monotonic.look() })
        await clock.begin(database)
        let begin = clock.now()
        monotonic.pass(3_600_000_000_000)
        #expect(Self.seconds(from: begin, to: clock.now()) == 3_600)
        let slow = SteppingClock(stride: 2_000_000_000)
        let late = DatabaseClock(
          machineTime: { Timestamp(secondsSinceEpoch: 0) }, nanoseconds: { slow.look() })
        try await late.read(database)
        #expect(late.now() == Timestamp(secondsSinceEpoch: 0))
      }
    }
  }

  private static func seconds(from begin: Timestamp, to end: Timestamp) -> Int64 {
    Int64((Double(end.microsecondsSinceEpoch - begin.microsecondsSinceEpoch) / 1_000_000).rounded())
  }
}
