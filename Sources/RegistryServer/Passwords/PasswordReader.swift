internal import Authentication

/// Where a command gets a password: never from an argument, which others see in the list of processes.
struct PasswordReader {
    var terminal = Terminal.standard

    /// The first line of the input, without its end.
    func fromInput() throws(CommandFailure) -> String {
        var bytes: [UInt8] = []
        // One byte too many is enough to tell.
        while bytes.count <= PasswordHash.longestPassword + 1, let byte = try Terminal.byte(terminal.descriptor) {
            if byte == UInt8(ascii: "\n") { break }
            bytes.append(byte)
        }
        // As clients do that read a password from a file.
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return try Self.check(bytes)
    }

    /// What somebody types, twice the same.
    func fromTerminal(for user: String) throws(CommandFailure) -> String {
        guard terminal.isThere else {
            throw CommandFailure(
                .usage,
                "standard input is no terminal to ask for a password; with --password-stdin it is read from there"
            )
        }
        let first = try Self.check(try ask("Password for \(user): "))
        let second = try ask("The same again: ")
        guard Array(first.utf8) == second else {
            throw CommandFailure(.failure, "the two passwords are not the same; nothing was changed")
        }
        return first
    }

    private func ask(_ prompt: String) throws(CommandFailure) -> [UInt8] {
        guard let line = try terminal.ask(prompt) else {
            throw CommandFailure(.failure, "interrupted; nothing was changed")
        }
        return line
    }

    private static func check(_ bytes: [UInt8]) throws(CommandFailure) -> String {
        guard !bytes.isEmpty else { throw CommandFailure(.failure, "the password is empty") }
        guard bytes.count <= PasswordHash.longestPassword else {
            throw CommandFailure(.failure, "the password is longer than \(PasswordHash.longestPassword) bytes")
        }
        // RFC 7617, section 2: "The user-id and password MUST NOT contain any control characters".
        guard let text = String(validating: bytes, as: UTF8.self), bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw CommandFailure(
                .failure, "the password is not UTF-8, or has control characters in it, which no client could send")
        }
        return text
    }
}
