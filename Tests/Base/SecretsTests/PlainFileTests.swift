import Foundation
import Glibc
import Secrets
import Testing

@Suite("Plain files") final class PlainFileTests {
  private let folder = NSTemporaryDirectory() + "plain-file-" + UUID().uuidString

  init() throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  @Test func `a file of up to the limit is read whole`() throws {
    let path = folder + "/file"
    let content = Data((0..<70_000).map { UInt8($0 % 251) })
    try content.write(to: URL(fileURLWithPath: path))
    #expect(try Data(PlainFile.bytes(of: path, atMost: 70_000)) == content)
    #expect(throws: PlainFileError.tooLarge(limit: 69_999)) { try PlainFile.bytes(of: path, atMost: 69_999) }
    #expect(throws: PlainFileError.notText) { try PlainFile.text(of: path) }
    try "text\n".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try PlainFile.text(of: path) == "text\n")
  }

  @Test func `what is no regular file is an error at once, and no wait`() throws {
    let pipe = folder + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: pipe)
    for path in [pipe, folder + "/link", folder, "/dev/zero"] {
      #expect(throws: PlainFileError.notRegular) { try PlainFile.bytes(of: path) }
    }
    #expect(throws: PlainFileError.system(errorNumber: ENOENT)) { try PlainFile.bytes(of: folder + "/none") }
  }

  @Test func `an error shows neither path nor content`() {
    #expect("\(PlainFileError.system(errorNumber: ENOENT))" == "No such file or directory")
    #expect("\(PlainFileError.notRegular)" == "it is not a regular file")
    #expect("\(PlainFileError.tooLarge(limit: 5))" == "it has more than 5 bytes")
    #expect("\(PlainFileError.notText)" == "it is not UTF-8 text")
  }
}
