import Glibc
import Testing

@testable import Processes

struct KernelFilesTests {
  @Test
  func `a file of the kernel is read to its end`() throws {
    let maps = try #require(KernelFiles.text(of: "/proc/self/maps"))
    #expect(maps.utf8.count > 4096)
    #expect(maps.hasSuffix("\n"))
    // The stack of the first thread is among the last lines.
    #expect(maps.contains("[stack]"))
    #expect(KernelFiles.text(of: "/proc/0/maps") == nil)
  }

  @Test
  func `the names of a folder and the targets of its links are given`() throws {
    let descriptor = open("/dev/null", O_RDONLY)
    defer { close(descriptor) }
    let names = try #require(KernelFiles.names(in: "/proc/self/fd"))
    #expect(names.contains("\(descriptor)"))
    #expect(!names.contains(".") && !names.contains(".."))
    #expect(KernelFiles.target(of: "/proc/self/fd/\(descriptor)") == "/dev/null")
    #expect(KernelFiles.names(in: "/proc/0") == nil)
    #expect(KernelFiles.target(of: "/dev/null") == nil)
  }

  @Test
  func `a listing does not fail while processes start and end`() throws {
    let churn = Task.detached { while !Task.isCancelled { _ = try ChildProcess.run("true") } }
    defer { churn.cancel() }
    for _ in 0..<200 {
      #expect(try #require(KernelFiles.names(in: "/proc")).contains("\(getpid())"))
    }
  }
}
