#if DEBUG
    import Foundation
    import NIOCore
    @testable import RegistryCore

    /// A manifest, as each kind there is.
    func readManifest(_ input: [UInt8]) throws {
        try readJSON(input)
        let types = [
            nil, "application/vnd.oci.image.manifest.v1+json", Manifest.index,
            "application/vnd.oci.artifact.manifest.v1+json", "application/x+json",
        ]
        for type in types {
            do {
                let manifest = try Manifest(ByteBuffer(bytes: input), contentType: type)
                try rule(MediaType.isValid(manifest.mediaType), "media type \(manifest.mediaType)")
                try rule(type == nil || manifest.mediaType == type, "\(manifest.mediaType) in place of \(type ?? "")")
                try rule(StrictJSON.flaw(in: input) == nil, "a manifest that not everybody reads the same way")
                if manifest.isKnown {
                    try checkNames(input)
                    try checkFields(of: manifest, input)
                }
                if let annotations = manifest.annotations {
                    _ = try JSONDecoder().decode([String: String].self, from: Data(annotations.utf8))
                }
            } catch let error as RegistryError {
                try rule(error.code == .manifestInvalid, "a manifest is refused for \(error.code)")
            }
        }
    }

    /// Foundation's decoder finds the same in it.
    private func checkFields(of manifest: Manifest, _ input: [UInt8]) throws {
        struct Descriptor: Decodable, Hashable {
            var mediaType: String?
            var digest: String
            var urls: [String]?

            init(_ own: Manifest.Descriptor) { (mediaType, digest, urls) = (own.mediaType, own.digest, own.urls) }
        }
        struct Fields: Decodable {
            var config, subject: Descriptor?
            var layers, blobs, manifests: [Descriptor]?
            var annotations: [String: String]?
        }
        func plain(_ descriptors: [Descriptor]?) -> [Descriptor] {
            (descriptors ?? []).map {
                var descriptor = $0
                descriptor.urls = descriptor.urls ?? []
                return descriptor
            }
        }
        let fields: Fields
        do {
            fields = try JSONDecoder().decode(Fields.self, from: Data(input))
        } catch {
            return try rule(false, "Foundation does not read it: \(error)")
        }
        try rule(plain(fields.config.map { [$0] }) == manifest.config.map { [Descriptor($0)] } ?? [], "config")
        try rule(plain(fields.layers ?? fields.blobs) == manifest.blobs.map(Descriptor.init), "layers")
        try rule(plain(fields.manifests) == manifest.children.map(Descriptor.init), "manifests")
        try rule(fields.subject?.digest == manifest.subject?.description, "subject")
        let annotations = try manifest.annotations.map {
            try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
        }
        try rule(fields.annotations ?? [:] == annotations ?? [:], "annotations")
    }

    /// Who does not look at the case of letters finds nothing more in it.
    private func checkNames(_ input: [UInt8]) throws {
        func check(_ object: [String: Any], _ fields: [String]) throws {
            for name in object.keys where !fields.contains(name) {
                let isField = fields.contains { $0.lowercased() == name.lowercased() }
                try rule(!isField, "\(name.debugDescription) is taken for something else")
            }
        }
        // It does not take everything that is JSON.
        guard let json = try? JSONSerialization.jsonObject(with: Data(input)), let document = json as? [String: Any]
        else { return }
        try check(document, ["mediaType", "config", "layers", "blobs", "manifests", "subject"])
        let lists = ["layers", "blobs", "manifests"].flatMap { document[$0] as? [[String: Any]] ?? [] }
        let single = ["config", "subject"].compactMap { document[$0] as? [String: Any] }
        for descriptor in lists + single { try check(descriptor, ["mediaType", "digest", "urls"]) }
    }

    /// Foundation has an older parser, too, which looks at everything.
    private func readJSON(_ input: [UInt8]) throws {
        let flaw = StrictJSON.flaw(in: input)
        if let flaw, flaw != .syntax { return }
        let isAccepted = flaw == nil
        let isParsed = (try? JSONSerialization.jsonObject(with: Data(input), options: .fragmentsAllowed)) != nil
        if isParsed, !isAccepted {
            // It takes a comma at the end, and other encodings.
            let meaning = input.filter { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
            let hasComma = zip(meaning, meaning.dropFirst()).contains { $0 == 0x2c && [0x5d, 0x7d].contains($1) }
            let isUTF8 = !input.contains(0) && !input.starts(with: [0xef, 0xbb, 0xbf])
            try rule(hasComma || !isUTF8, "this is JSON: \(String(decoding: input, as: UTF8.self))")
        }
        if isAccepted, !isParsed {
            // It does not take half a surrogate pair, and no number, or nesting, that is larger than it can keep.
            let text = String(decoding: input, as: UTF8.self)
            let isLarge = input.count > 300 || text.lowercased().contains("e")
            try rule(isLarge || text.contains("\\u"), "this is not JSON: \(text)")
        }
    }
#endif
