import Cryptography
import Encoding
import Foundation
import Identity
import Testing

@Suite("Key files")
struct KeyFileTests {
  /// Runs the body with its own folder, and removes the folder afterwards.
  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = NSTemporaryDirectory() + "/key-file-" + Hex.encode(SecureRandom.bytes(8))
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
  }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func `a missing key is created once, for its owner alone, and no other file remains`() async throws {
    try await withFolder { folder in
      let path = folder + "/key.pem"
      let first = try KeyFile.loadOrCreate(path)
      #expect(try mode(path) == 0o600)
      #expect(try KeyFile.loadOrCreate(path).publicKeys == first.publicKeys)
      #expect(try KeyFile.load(path).publicKeys == first.publicKeys && first.publicKeys.count == 1)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["key.pem"])
    }
  }

  @Test func `concurrent processes that create the key all read the same one`() async throws {
    try await withFolder { folder in
      let keys = try await withThrowingTaskGroup(of: Ed25519.PublicKey.self) { group in
        for _ in 0..<16 { group.addTask { try KeyFile.loadOrCreate(folder + "/key.pem").signing.publicKey } }
        return try await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(keys.count == 1)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["key.pem"])
    }
  }

  @Test(arguments: ["", "nonsense", String(repeating: "x", count: 100_000)])
  func `a file without a key is refused and stays unchanged`(text: String) async throws {
    try await withFolder { folder in
      let path = folder + "/key.pem"
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      #expect(throws: KeyFileError.notAKey(path: path)) { try KeyFile.loadOrCreate(path) }
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(text.utf8))
    }
  }

  @Test func `the first of several keys signs, and all of them verify`() async throws {
    try await withFolder { folder in
      let (old, new) = (try Ed25519.PrivateKey.generate(), try Ed25519.PrivateKey.generate())
      let path = folder + "/key.pem"
      try Data((new.pem() + "\n" + old.pem()).utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      let keys = try KeyFile.load(path)
      #expect(keys.signing.publicKey == new.publicKey)
      #expect(keys.publicKeys == [new.publicKey, old.publicKey])
    }
  }

  @Test func `a key that was cut, or more than the limit, makes the whole file unusable`() async throws {
    try await withFolder { folder in
      let pem = try Ed25519.PrivateKey.generate().pem()
      let path = folder + "/key.pem"
      for text in [
        pem + pem.dropLast(10), pem.dropFirst(10) + pem, pem + "more",
        String(repeating: pem, count: KeyFile.maximumKeys + 1),
      ] {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(throws: KeyFileError.notAKey(path: path)) { try KeyFile.load(path) }
      }
    }
  }

  @Test(arguments: [0o620, 0o602, 0o666])
  func `a file that others may write is refused`(mode: Int) async throws {
    try await withFolder { folder in
      let path = folder + "/key.pem"
      _ = try KeyFile.loadOrCreate(path)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      #expect(throws: KeyFileError.writableByOthers(path: path)) { try KeyFile.load(path) }
    }
  }

  @Test func `a pipe in place of the file is refused, and no wait`() async throws {
    try await withFolder { folder in
      let path = folder + "/key.pem"
      #expect(mkfifo(path, 0o600) == 0)
      #expect(throws: KeyFileError.notRegular(path: path)) { try KeyFile.loadOrCreate(path) }
    }
  }

  @Test func `a missing folder is named in the error`() async throws {
    try await withFolder { folder in
      let path = folder + "/missing/key.pem"
      let error = #expect(throws: KeyFileError.self) { try KeyFile.loadOrCreate(path) }
      #expect(error?.description.contains("No such file or directory") == true)
      #expect(throws: KeyFileError.system(operation: "open", path: path, errorNumber: 2)) {
        try KeyFile.load(path)
      }
    }
  }
}
