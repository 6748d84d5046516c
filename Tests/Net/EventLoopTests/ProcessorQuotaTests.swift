import Testing

@testable import EventLoop

@Suite struct ProcessorQuotaTests {
  @Test(arguments: [
    ("100000 100000\n", 1), ("150000 100000\n", 2), ("5000 100000\n", 1), ("800000 100000\n", 8),
  ])
  func `a CPU limit is converted to processors, rounded up`(text: String, processors: Int) {
    #expect(ProcessorQuota.processors(in: text) == processors)
  }

  @Test(arguments: [
    "max 100000\n", "", "100000", "0 100000", "100000 0", "-1 100000", "1 2 3", "much 100000",
  ])
  func `a text without a valid CPU limit gives no quota`(text: String) {
    #expect(ProcessorQuota.processors(in: text) == nil)
  }

  @Test func `a process has at least one processor`() {
    #expect(EventLoopGroup.processorCount >= 1)
  }
}
