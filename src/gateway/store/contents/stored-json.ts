/** A value that is not read yet: its JSON in a row, or in a file of {@link import('./contents.js').Contents}. */
export class StoredJson {
  readonly text: string | null
  readonly file: string | null

  private constructor(text: string | null, file: string | null) {
    this.text = text
    this.file = file
  }

  /** As the columns of a row have it; undefined where there is no value. */
  static inRow(text: string | null, file: string | null): StoredJson | undefined {
    return text === null && file === null ? undefined : new StoredJson(text, file)
  }

  static inFile(file: string): StoredJson {
    return new StoredJson(null, file)
  }
}
