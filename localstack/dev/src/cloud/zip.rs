//! A zip archive with one stored file: all that a function package needs.

/// Archive bytes for one executable file. Format: PKWARE APPNOTE 4.3, sections 4.3.7, 4.3.12 and 4.3.16.
///
/// `bytes` must be below 4 GiB (a Lambda package is at most 250 MB).
pub fn single_executable(name: &str, bytes: &[u8]) -> Vec<u8> {
    let crc = crc32fast::hash(bytes);
    let size = bytes.len() as u32;
    // 1 January 2026: the archive depends on its content only
    let (time, date): (u16, u16) = (0, (2026 - 1980) << 9 | 1 << 5 | 1);
    let mut common = Vec::new();
    for field in [20_u16, 0, 0, time, date] {
        common.extend(field.to_le_bytes());
    }
    for field in [crc, size, size] {
        common.extend(field.to_le_bytes());
    }
    common.extend((name.len() as u16).to_le_bytes());
    common.extend(0_u16.to_le_bytes());

    let mut archive = Vec::with_capacity(bytes.len() + 200);
    archive.extend(0x0403_4b50_u32.to_le_bytes());
    archive.extend(&common);
    archive.extend(name.as_bytes());
    archive.extend(bytes);

    let directory = archive.len() as u32;
    archive.extend(0x0201_4b50_u32.to_le_bytes());
    archive.extend((3_u16 << 8 | 20).to_le_bytes()); // made on Unix: the attributes below are a file mode
    archive.extend(&common);
    archive.extend([0; 6]); // comment length, disk number, internal attributes
    archive.extend((0o100_755_u32 << 16).to_le_bytes());
    archive.extend(0_u32.to_le_bytes());
    archive.extend(name.as_bytes());
    let length = archive.len() as u32 - directory;

    archive.extend(0x0605_4b50_u32.to_le_bytes());
    for field in [0_u16, 0, 1, 1] {
        archive.extend(field.to_le_bytes());
    }
    archive.extend(length.to_le_bytes());
    archive.extend(directory.to_le_bytes());
    archive.extend(0_u16.to_le_bytes());
    archive
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_reads_it_with_its_mode() {
        let folder = std::env::temp_dir().join(format!("attune-zip-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.zip");
        std::fs::write(&path, single_executable("bootstrap", b"#!/bin/sh\necho hi\n")).unwrap();
        let script = "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n\
                      i=z.infolist()\nassert len(i)==1 and i[0].filename=='bootstrap'\n\
                      assert i[0].external_attr>>16==0o100755\nassert z.read('bootstrap').startswith(b'#!/bin/sh')\n";
        let status = std::process::Command::new("python3").args(["-c", script]).arg(&path).status().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(status.success());
    }
}
