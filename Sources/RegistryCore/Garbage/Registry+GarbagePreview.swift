extension Registry {
    /// Hands out everything that ``collectGarbage(orphans:actor:origin:_:)`` would remove now, and changes nothing. What would
    /// become garbage by what it removes is not among it.
    ///
    /// - Returns: why not, of the backends whose objects were to be listed and could not be.
    @discardableResult
    package func previewGarbage(orphans: Bool, _ body: (Garbage) throws -> Void) async throws -> [String: String] {
        let (rules, time) = (settings.garbage, now())
        var session: UploadSession?
        repeat {
            try Task.checkCancellation()
            let page = try await metadata.idleUploads(since: time - settings.uploadIdle, after: session, limit: 100)
            for session in page { try body(.upload(session)) }
            session = page.last
        } while session != nil

        if let untagged = rules.untagged {
            var place: GarbagePlace?
            repeat {
                try Task.checkCancellation()
                let page = try await metadata.garbageManifests(
                    untaggedBefore: time - untagged, after: place, limit: 100)
                for (manifest, _) in page { try body(.manifest(manifest)) }
                place = page.last?.place
            } while place != nil
        }

        var place: GarbagePlace?
        repeat {
            try Task.checkCancellation()
            let page = try await metadata.garbageBlobs(touchedBefore: time - rules.grace, after: place, limit: 100)
            for (blob, _) in page { try body(.blob(blob)) }
            place = page.last?.place
        } while place != nil

        return try await forEachListing(orphans, at: time, limit: time - rules.grace) { name, storage in
            try await forEachOrphan(on: name, storage) { objects in
                for object in objects { try body(.orphan(object, backend: name)) }
            }
        }
    }
}
