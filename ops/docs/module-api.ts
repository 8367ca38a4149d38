/** What the constructs of a module take and give, read from their TypeScript: README tables are made of it. */
import { relative } from 'node:path';
import ts from 'typescript';

/** One prop, or one field of a prop that is an object. */
export interface Input {
  /** `corsOrigins`, `lifecycle.archiveAfterDays`, `ladder[].shortSidePixels` */
  readonly name: string;
  /** As declared, without `readonly`. */
  readonly type: string;
  /** As markdown; null for what has to be given. */
  readonly default: string | null;
  readonly summary: string;
}

/** A public getter, field or method. */
export interface Output {
  /** `arn`, `allowReadBy(distributionArn)` */
  readonly name: string;
  readonly summary: string;
}

export interface ConstructApi {
  readonly inputs: readonly Input[];
  readonly outputs: readonly Output[];
  /** Props and getters without a docstring, and optional props without `@default`, by file and line. */
  readonly complaints: readonly string[];
}

/** Props are the third parameter: scope, id, props. */
const PROPS_PARAMETER = 2;
const DEEPEST_FIELD = 3;
const HIDDEN = ts.ModifierFlags.Private | ts.ModifierFlags.Protected | ts.ModifierFlags.Static;

/** The API of every class that an `index.ts` exports, by class name. */
export function readModuleApi(
  indexFile: string,
  program: ts.Program,
  root: string,
): Map<string, ConstructApi> {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(indexFile);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) return new Map();
  const classes = checker
    .getExportsOfModule(module)
    .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    .map((symbol) => symbol.valueDeclaration)
    .filter((declaration) => declaration !== undefined && ts.isClassDeclaration(declaration));
  return new Map(
    classes.map((declaration) => [
      declaration.name?.text ?? '',
      new ApiReader(checker, root).read(declaration),
    ]),
  );
}

/**
 * The modules as one program. Packages are left out: their types only ever show by name, and reading the AWS
 * provider's would take longer than everything else.
 */
export function moduleProgram(indexFiles: readonly string[]): ts.Program {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    exactOptionalPropertyTypes: true,
    strict: true,
    noEmit: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, containingFile) =>
    literals.map(({ text }) =>
      text.startsWith('.')
        ? ts.resolveModuleName(text, containingFile, options, host)
        : { resolvedModule: undefined },
    );
  return ts.createProgram(indexFiles, options, host);
}

class ApiReader {
  readonly #complaints: string[] = [];
  readonly #checker: ts.TypeChecker;
  readonly #root: string;

  constructor(checker: ts.TypeChecker, root: string) {
    this.#checker = checker;
    this.#root = root;
  }

  read(declaration: ts.ClassDeclaration): ConstructApi {
    const props = declaration.members.find(ts.isConstructorDeclaration)?.parameters[PROPS_PARAMETER];
    return {
      inputs: props ? this.#fields(this.#checker.getTypeAtLocation(props), '', '', 1) : [],
      outputs: this.#outputs(declaration),
      complaints: this.#complaints,
    };
  }

  #fields(type: ts.Type, prefix: string, condition: string, depth: number): Input[] {
    return type.getProperties().flatMap((symbol) => {
      const field = symbol.declarations?.find(ts.isPropertySignature);
      return field?.type ? this.#field(field, field.type, prefix, condition, depth) : [];
    });
  }

  #field(
    field: ts.PropertySignature,
    typeNode: ts.TypeNode,
    prefix: string,
    condition: string,
    depth: number,
  ): Input[] {
    const name = prefix + field.name.getText();
    // The field of a discriminated union that tells its members apart is in the type.
    if (condition !== '' && ts.isLiteralTypeNode(typeNode)) return [];
    const nested = depth < DEEPEST_FIELD ? this.#nested(typeNode, name, depth + 1) : [];
    const summary = firstSentence(field) ?? this.#typeSummary(typeNode);
    if (summary === undefined) this.#complain(field, `"${name}" has no docstring`);
    return [
      {
        name,
        type: this.#typeText(typeNode, nested.length > 0),
        default: this.#default(field, name),
        summary: condition + (summary ?? ''),
      },
      ...nested,
    ];
  }

  /** The rows of an object that is declared in the modules; none for everything else. */
  #nested(typeNode: ts.TypeNode, name: string, depth: number): Input[] {
    const { type, suffix } = this.#element(this.#checker.getTypeFromTypeNode(typeNode));
    const members = (type.isUnion() ? type.types : [type]).filter((member) =>
      this.#isDocumentedObject(member),
    );
    return members.flatMap((member) => {
      const kind = members.length > 1 ? discriminant(member) : undefined;
      return this.#fields(member, `${name}${suffix}.`, kind ? `with \`${kind}\`: ` : '', depth);
    });
  }

  /** Through lists and maps to what is in them. */
  #element(given: ts.Type): { type: ts.Type; suffix: string } {
    const type = this.#checker.getNonNullableType(given);
    if (this.#checker.isArrayType(type)) {
      const [element] = this.#checker.getTypeArguments(type as ts.TypeReference);
      return element
        ? { type: this.#checker.getNonNullableType(element), suffix: '[]' }
        : { type, suffix: '' };
    }
    const value = type.getStringIndexType();
    return value
      ? { type: this.#checker.getNonNullableType(value), suffix: '.<name>' }
      : { type, suffix: '' };
  }

  #isDocumentedObject(type: ts.Type): boolean {
    const [declaration] = type.getSymbol()?.declarations ?? [];
    if (!declaration || !this.#isOurs(declaration)) return false;
    if (ts.isInterfaceDeclaration(declaration)) return true;
    // A literal says its fields in the type; it gets rows once one of them has more to say.
    return ts.isTypeLiteralNode(declaration) && declaration.members.some((member) => firstSentence(member));
  }

  #isOurs(declaration: ts.Node): boolean {
    const path = relative(this.#root, declaration.getSourceFile().fileName);
    return path.startsWith('modules') && !path.includes('node_modules');
  }

  /** A named type's own sentence, for a prop that only says when it is absent. */
  #typeSummary(typeNode: ts.TypeNode): string | undefined {
    const declaration = this.#alias(typeNode);
    return declaration && firstSentence(declaration);
  }

  #alias(typeNode: ts.TypeNode): ts.Declaration | undefined {
    if (!ts.isTypeReferenceNode(typeNode)) return undefined;
    const found = this.#checker.getSymbolAtLocation(typeNode.typeName);
    const symbol =
      found && found.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(found) : found;
    const declaration = symbol?.declarations?.[0];
    return declaration && this.#isOurs(declaration) ? declaration : undefined;
  }

  #typeText(typeNode: ts.TypeNode, hasRows: boolean): string {
    const alias = this.#alias(typeNode);
    // A name that stands for 'a' | 'b' says less than they do.
    if (alias && ts.isTypeAliasDeclaration(alias) && !hasRows) return this.#typeText(alias.type, hasRows);
    if (hasRows && ts.isTypeLiteralNode(typeNode)) {
      const names = typeNode.members.map(
        (member) =>
          (member.name?.getText() ?? '') + ('questionToken' in member && member.questionToken ? '?' : ''),
      );
      return `{ ${names.join(', ')} }`;
    }
    return typeNode
      .getText()
      .replaceAll(/\/\*[\s\S]*?\*\//g, '')
      .replaceAll(/\breadonly\s+/g, '')
      .replaceAll(/\s+/g, ' ')
      .replace(/^Readonly<(.*)>$/, '$1')
      .replace(/^\| /, '')
      .replaceAll(/; }/g, ' }')
      .trim();
  }

  #default(field: ts.PropertySignature, name: string): string | null {
    const tag = ts.getJSDocTags(field).find(({ tagName }) => tagName.text === 'default');
    const text = oneLine(ts.getTextOfJSDocComment(tag?.comment) ?? '');
    if (text.startsWith('- ')) return text.slice(2);
    if (text !== '') return `\`${text}\``;
    if (field.questionToken) this.#complain(field, `"${name}" is optional and has no @default`);
    return null;
  }

  #outputs(declaration: ts.ClassDeclaration): Output[] {
    return declaration.members.flatMap((member) => {
      const isOutput =
        ts.isGetAccessor(member) || ts.isMethodDeclaration(member) || ts.isPropertyDeclaration(member);
      if (!isOutput || ts.isPrivateIdentifier(member.name)) return [];
      if (ts.getCombinedModifierFlags(member) & HIDDEN) return [];
      const parameters = ts.isMethodDeclaration(member)
        ? `(${member.parameters.map(({ name }) => oneLine(name.getText())).join(', ')})`
        : '';
      const name = member.name.getText() + parameters;
      const summary = firstSentence(member);
      if (summary === undefined) {
        this.#complain(member, `"${declaration.name?.text}.${name}" has no docstring`);
      }
      return { name, summary: summary ?? '' };
    });
  }

  #complain(node: ts.Node, complaint: string): void {
    const source = node.getSourceFile();
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    const text = `${relative(this.#root, source.fileName)}:${line}: ${complaint}`;
    if (!this.#complaints.includes(text)) this.#complaints.push(text);
  }
}

/** `kind: 'own'` of a member of a discriminated union. */
function discriminant(type: ts.Type): string | undefined {
  const literal = type
    .getProperties()
    .map((symbol) => symbol.declarations?.find(ts.isPropertySignature))
    .find((field) => field?.type && ts.isLiteralTypeNode(field.type));
  return literal && `${literal.name.getText()}: ${literal.type?.getText()}`;
}

function firstSentence(node: ts.Node): string | undefined {
  const docstring = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1);
  const text = oneLine(ts.getTextOfJSDocComment(docstring?.comment) ?? '');
  if (text === '') return undefined;
  const end = text.search(/[.!?](?=\s+[\p{Lu}`"(]|$)/u);
  return end === -1 ? text : text.slice(0, end);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
