extension Registry {
    /// Hands out everything that ``collectGarbage(orphans:actor:origin:_:)`` would remove now, and changes nothing. What would
    /// become garbage by what it removes is not among it.
    package func previewGarbage(orphans: Bool, _ body: (Garbage) throws -> Void) async throws {
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

        guard orphans else { return }
        try await forEachOrphan { objects, backend in
            for object in objects { try body(.orphan(object, backend: backend)) }
        }
    }
}
