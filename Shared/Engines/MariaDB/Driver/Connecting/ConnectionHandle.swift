import CMariaDB

/// Owns one connection of libmariadb. The library closes the socket with it.
final class ConnectionHandle {
  let pointer: UnsafeMutablePointer<MYSQL>
  private var isOpen = true

  init(adopting pointer: UnsafeMutablePointer<MYSQL>) {
    self.pointer = pointer
  }

  /// Takes leave of the server and frees the connection. Its prepared statements lose their connection, and must be
  /// freed afterwards.
  func close() {
    guard isOpen else { return }
    isOpen = false
    mysql_close(pointer)
  }

  deinit { close() }
}

/// The events that a call of libmariadb waits for.
struct Wait {
  static let read = Int32(MYSQL_WAIT_READ)
  static let write = Int32(MYSQL_WAIT_WRITE)
  static let timeout = Int32(MYSQL_WAIT_TIMEOUT)
}

/// One call of the non-blocking API: its beginning and its continuation. Each returns the events that it waits for, 0 at
/// its end, and then sets the result.
struct Call {
  let start: (_ result: UnsafeMutablePointer<Int32>) -> Int32
  let resume: (_ result: UnsafeMutablePointer<Int32>, _ happened: Int32) -> Int32
}

extension Call {
  /// Calls whose result is a `my_bool`.
  private static func narrow(
    _ start: @escaping (UnsafeMutablePointer<my_bool>) -> Int32,
    _ resume: @escaping (UnsafeMutablePointer<my_bool>, Int32) -> Int32
  ) -> Call {
    Call(
      start: { result in
        var short: my_bool = 0
        defer { result.pointee = Int32(short) }
        return start(&short)
      },
      resume: { result, happened in
        var short: my_bool = 0
        defer { result.pointee = Int32(short) }
        return resume(&short, happened)
      })
  }

  static func prepare(_ statement: UnsafeMutablePointer<MYSQL_STMT>, _ text: StableText) -> Call {
    Call(
      start: { mysql_stmt_prepare_start($0, statement, text.start, UInt(text.count)) },
      resume: { mysql_stmt_prepare_cont($0, statement, $1) })
  }

  static func execute(_ statement: UnsafeMutablePointer<MYSQL_STMT>) -> Call {
    Call(
      start: { mysql_stmt_execute_start($0, statement) },
      resume: { mysql_stmt_execute_cont($0, statement, $1) })
  }

  static func store(_ statement: UnsafeMutablePointer<MYSQL_STMT>) -> Call {
    Call(
      start: { mysql_stmt_store_result_start($0, statement) },
      resume: { mysql_stmt_store_result_cont($0, statement, $1) })
  }

  static func freeResult(_ statement: UnsafeMutablePointer<MYSQL_STMT>) -> Call {
    narrow(
      { mysql_stmt_free_result_start($0, statement) }, { mysql_stmt_free_result_cont($0, statement, $1) })
  }

  static func close(_ statement: UnsafeMutablePointer<MYSQL_STMT>) -> Call {
    narrow({ mysql_stmt_close_start($0, statement) }, { mysql_stmt_close_cont($0, statement, $1) })
  }

  static func query(_ connection: UnsafeMutablePointer<MYSQL>, _ text: StableText) -> Call {
    Call(
      start: { mysql_real_query_start($0, connection, text.start, UInt(text.count)) },
      resume: { mysql_real_query_cont($0, connection, $1) })
  }
}

/// A text at an address that does not change: a call that waits still reads it.
final class StableText {
  let start: UnsafeMutablePointer<CChar>
  let count: Int

  init(_ text: String) {
    let bytes = text.utf8
    count = bytes.count
    start = .allocate(capacity: count + 1)
    for (index, byte) in bytes.enumerated() { start[index] = CChar(bitPattern: byte) }
    start[count] = 0
  }

  deinit { start.deallocate() }
}
