import Synchronization
import Testing

@testable import Service

@Suite struct TerminationRequestTests {
  private let abandoned = Flag()

  private var request: TerminationRequest { TerminationRequest { [abandoned] _ in abandoned.raise() } }

  @Test func `a request during the start ends the program at once`() {
    request.request(15)
    #expect(abandoned.isRaised)
  }

  @Test func `a request while serving wakes the waiting task, or is kept for it`() async {
    let early = request
    early.beginServing()
    early.request(15)
    #expect(await early.arrival() == 15)
    let late = request
    late.beginServing()
    async let arrival = late.arrival()
    try? await Task.sleep(for: .milliseconds(20))
    late.request(2)
    late.request(15)
    #expect(await arrival == 2)
    #expect(!abandoned.isRaised)
  }
}
