package area

// The kinds of areas by their Textkennzeichen, as the publisher's description of GV100AD has them.

func countyKind(text string) (kind string, ok bool) {
	switch text {
	case "41":
		return "Kreisfreie Stadt", true
	case "42":
		return "Stadtkreis", true
	case "43":
		return "Kreis", true
	case "44":
		return "Landkreis", true
	case "45":
		return "Regionalverband", true
	}
	return "", false
}

func associationKind(text string) (kind string, ok bool) {
	switch text {
	case "50":
		return unassociated, true
	case "51":
		return "Amt", true
	case "52":
		return "Samtgemeinde", true
	case "53":
		return "Verbandsgemeinde", true
	case "54":
		return "Verwaltungsgemeinschaft", true
	case "55":
		return "Kirchspielslandgemeinde", true
	case "56":
		return "Verwaltungsverband", true
	case "57":
		return "Verwaltungsgemeinschaft (Trägermodell)", true
	case "58":
		return "Erfüllende Gemeinde", true
	}
	return "", false
}

func municipalityKind(text string) (kind string, ok bool) {
	switch text {
	case "60":
		return "Markt", true
	case "61":
		return "Kreisfreie Stadt", true
	case "62":
		return "Stadtkreis", true
	case "63":
		return "Stadt", true
	case "64":
		return "Kreisangehörige Gemeinde", true
	case "65":
		return "Gemeindefreies Gebiet, bewohnt", true
	case "66":
		return "Gemeindefreies Gebiet, unbewohnt", true
	case "67":
		return "Große Kreisstadt", true
	}
	return "", false
}
