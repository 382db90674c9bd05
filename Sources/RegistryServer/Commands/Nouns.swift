import ArgumentParser
import RegistryCore

/// Turns arguments into what they name, for `transform:`. What is none is an error of the command line.
enum Nouns {
    @Sendable static func user(_ text: String) throws -> UserName {
        try usage { () throws(AdministrationError) in try Administration.userName(text) }
    }

    @Sendable static func repository(_ text: String) throws -> RepositoryName {
        try usage { () throws(AdministrationError) in try Administration.repositoryName(text) }
    }

    @Sendable static func pattern(_ text: String) throws -> RepositoryPattern {
        try usage { () throws(AdministrationError) in try Administration.pattern(text) }
    }

    @Sendable static func token(_ text: String) throws -> String {
        try usage { () throws(AdministrationError) in try Administration.tokenName(text) }
    }

    @Sendable static func permission(_ text: String) throws -> Permission {
        try word(text)
    }

    @Sendable static func visibility(_ text: String) throws -> Visibility {
        try word(text)
    }

    @Sendable static func digest(_ text: String) throws -> Digest {
        if let digest = Digest(text) { return digest }
        throw ValidationError("“\(text)” is no digest; expected one like sha256:9f86d0…, whole")
    }

    @Sendable static func size(_ text: String) throws -> ByteCount {
        if let size = ByteCount(text) { return size }
        throw ValidationError("“\(text)” is no size; expected one like 16MiB, 4MB, 1GiB or plain bytes")
    }

    /// `90d`, or `never`, which is nil.
    @Sendable static func lifetime(_ text: String) throws -> Lifetime {
        if text == "never" { return Lifetime(duration: nil) }
        // What is longer than a century is a mistake, and could not be added to a date.
        guard let span = TimeSpan(text), span.duration > .zero, span.duration <= .seconds(36_500 * 86_400) else {
            throw ValidationError(
                "“\(text)” is no time to live; expected one like 90d or 24h, at most 36500d, or never")
        }
        return Lifetime(duration: span.duration)
    }

    struct Lifetime: Sendable, Hashable {
        /// nil: it does not end.
        var duration: Duration?
    }

    private static func word<Word: RawRepresentable & CaseIterable>(_ text: String) throws -> Word
    where Word.RawValue == String {
        if let word = Word(rawValue: text) { return word }
        throw ValidationError("expected \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
    }

    private static func usage<T>(_ body: () throws(AdministrationError) -> T) throws -> T {
        do {
            return try body()
        } catch {
            throw ValidationError(error.message)
        }
    }
}
