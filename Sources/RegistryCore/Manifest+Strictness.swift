import NIOCore

extension Manifest {
    /// The fields of the image specification (manifest.md, image-index.md, descriptor.md; and the artifact manifest that 1.1 dropped)
    /// that clients look into.
    private static let fields: StrictJSON.Reading = {
        let descriptor = StrictJSON.Reading.object([
            "mediaType": .text, "digest": .text, "size": .nothing, "urls": .elements(.text), "annotations": .nothing,
            "data": .nothing, "artifactType": .nothing, "platform": .nothing,
        ])
        return .object([
            "schemaVersion": .nothing, "mediaType": .text, "artifactType": .text, "config": descriptor,
            "layers": .elements(descriptor), "blobs": .elements(descriptor), "manifests": .elements(descriptor),
            "subject": descriptor, "annotations": .dictionary(.text),
        ])
    }()

    /// Throws `manifestInvalid` where clients would read something else than we do.
    ///
    /// - Returns: the manifest's fields; and what is wrong if the names are the specification's, as otherwise they are whoever's.
    static func read(_ content: ByteBuffer) throws -> (ManifestDocument, misspelled: StrictJSON.Flaw?) {
        let outcome = StrictJSON.read(content.readableBytesView, reading: fields)
        if let flaw = outcome.flaw { throw Self.flawed(flaw) }
        guard case .object(let members)? = outcome.value else {
            throw Self.invalid("the manifest is not a JSON object")
        }
        return (ManifestDocument(members), outcome.misspelled)
    }

    static func flawed(_ flaw: StrictJSON.Flaw) -> RegistryError {
        switch flaw {
        case .syntax:
            invalid(
                "the manifest is not JSON (RFC 8259) in UTF-8 of at most \(StrictJSON.deepest) brackets in one another")
        case .repeated(let name):
            invalid("an object in the manifest has \(shown(name)) twice, and not everybody takes the same of them")
        case .text:
            invalid(
                "a string in the manifest has half a surrogate pair, or too many combining marks in a row, "
                    + "which not everybody reads the same way")
        case .misspelled(let name, let field):
            invalid("\(shown(name)) in the manifest is to be spelled “\(field)”: some clients take it for that")
        }
    }

    /// Whoever pushes has chosen how long it is, and what is in it.
    static func shown(_ name: String) -> String { String(name.unicodeScalars.prefix(100)).debugDescription }
}
